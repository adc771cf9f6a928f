-- POST /device/instruct. Each line of file=... holds a token and the action
-- that changes something for its device; the next time it is the other one.
-- once=yes: each once.
local common = require "common"

local tokens, actions = {}, {}
local once
local number = 0
local other = { start = "stop", stop = "start" }

function init(arguments)
  for i, line in ipairs(common.lines(common.read(arguments).file)) do
    tokens[i], actions[i] = line:match("^(%S+) (%S+)$")
  end
  once = common.given.once ~= nil
  if common.given.check ~= nil then
    response = common.check
  end
end

function request()
  if once and number == #tokens then
    return common.finish()
  end
  local place = number % #tokens + 1
  local action = actions[place]
  number = number + 1
  actions[place] = other[action]
  return common.post("/device/instruct",
    "Content-Type: application/xml\r\nAuthorization: Bearer "
    .. tokens[place] .. "\r\n",
    '<?xml version="1.0" encoding="UTF-8"?>\n<Instruction '
    .. 'xmlns="urn:tallystick:1" action="' .. action .. '"/>\n')
end
