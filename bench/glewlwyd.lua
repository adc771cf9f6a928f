-- GET of glewlwyd's verification page by a user who is signed in (cookie=...):
-- each code of file=... once.
local common = require "common"

local codes, extra
local number = 0

function init(arguments)
  local given = common.read(arguments)
  codes = common.lines(given.file)
  extra = "Cookie: " .. given.cookie .. "\r\n"
  if given.check ~= nil then
    response = common.check
  end
end

function request()
  number = number + 1
  if codes[number] == nil then
    return common.finish()
  end
  return common.request("GET", "/api/glwd/device?g_continue=1&code="
    .. codes[number], extra, "")
end
