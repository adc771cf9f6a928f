-- GET /status, as a browser asks, with the session of one line of file=...
-- after the other.
local common = require "common"

local sessions
local number = 0

function init(arguments)
  sessions = common.lines(common.read(arguments).file)
  if common.given.check ~= nil then
    response = common.check
  end
end

function request()
  number = number + 1
  return common.request("GET", "/status", "Accept: text/html\r\n"
    .. "Accept-Language: en\r\nSec-Fetch-Site: none\r\nCookie: session="
    .. sessions[(number - 1) % #sessions + 1] .. "\r\n", "")
end
