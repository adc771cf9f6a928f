-- POST of one form, body=..., to path=...; cookie=...: with that. file=...
-- keeps the user_code of each answer.
local common = require "common"

local path, body, file
local extra = "Content-Type: application/x-www-form-urlencoded\r\n"

local function look(status, _, answer)
  common.check(status)
  local code = file ~= nil and answer:match('"user_code"%s*:%s*"([^"]+)"')
  if code then
    file:write(code, "\n")
  end
end

function init(arguments)
  local given = common.read(arguments)
  path, body = given.path, given.body
  if given.cookie ~= nil then
    extra = extra .. "Cookie: " .. given.cookie .. "\r\n"
  end
  if given.file ~= nil then
    file = assert(io.open(given.file, "w"))
    file:setvbuf("line")
  end
  if file ~= nil or given.check ~= nil then
    response = look
  end
end

function request()
  return common.post(path, extra, body)
end
