-- GET /device/connect?since=0 (or path=...), which is answered at once, by one
-- device of file=... after the other (once=yes: each once).
local common = require "common"

local tokens, once, path
local number = 0

function init(arguments)
  local given = common.read(arguments)
  tokens = common.lines(given.file)
  path = (given.path or "/device/connect") .. "?since=0"
  once = given.once ~= nil
  if given.check ~= nil then
    response = common.check
  end
end

function request()
  if once and number == #tokens then
    return common.finish()
  end
  number = number + 1
  return common.request("GET", path,
    "Authorization: Bearer " .. tokens[(number - 1) % #tokens + 1] .. "\r\n",
    "")
end
