-- POST /pair, as a browser sends it that has loaded the form: each code of
-- file=... once, for a device that pends with it.
local common = require "common"

local codes
local number = 0
local extra = "Content-Type: application/x-www-form-urlencoded\r\n"
  .. "Accept: text/html\r\nAccept-Language: en\r\n"
  .. "Sec-Fetch-Site: same-origin\r\nCookie: terminal="

function init(arguments)
  codes = common.lines(common.read(arguments).file)
  if common.given.check ~= nil then
    response = common.check
  end
end

function request()
  number = number + 1
  local code = codes[number]
  if code == nil then
    return common.finish()
  end
  -- 43 characters, as each terminal has them
  return common.post("/pair", extra .. "bench-terminal-that-is-no-others--"
    .. code:sub(2) .. "\r\n", "code=" .. code)
end
