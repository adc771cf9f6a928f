-- GET /device/connect?since=0, which is answered at once, by one device of
-- file=... after the other (once=yes: each once).
local common = require "common"

local tokens, once
local number = 0

function init(arguments)
  tokens = common.lines(common.read(arguments).file)
  once = common.given.once ~= nil
  if common.given.check ~= nil then
    response = common.check
  end
end

function request()
  if once and number == #tokens then
    return common.finish()
  end
  number = number + 1
  return common.request("GET", "/device/connect?since=0",
    "Authorization: Bearer " .. tokens[(number - 1) % #tokens + 1] .. "\r\n",
    "")
end
