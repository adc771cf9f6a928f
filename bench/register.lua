-- POST of a RegistrationRequest of about 600 bytes, another device and code
-- each time; to whatever path=... says, for the echo and the reference take
-- the same. file=... keeps what each device was told; limit=... ends it.
local common = require "common"

local path, limit, file
local number = 0
local extra = "Content-Type: application/xml\r\n"
local before = '<?xml version="1.0" encoding="UTF-8"?>\n'
  .. '<RegistrationRequest xmlns="urn:tallystick:1" xmlns:x="urn:x-bench">\n'
  .. '  <DeviceId>LX2000-'
local after = '</Code>\n'
  .. '  <MakeAndModel>Example LX-2000 Office Multifunction</MakeAndModel>\n'
  .. '  <SerialNumber>E78283B1N123456</SerialNumber>\n'
  .. '  <FirmwareVersion>1.14.3-build.20931</FirmwareVersion>\n'
  .. '  <x:Network mac="02:00:5e:10:aa:07" address="192.0.2.41"/>\n'
  .. '  <x:Capability name="paper">A4 A3 Letter</x:Capability>\n'
  .. '  <x:Location>Building 7, second floor, copy room</x:Location>\n'
  .. '  <x:Locale>en-GB</x:Locale>\n'
  .. '</RegistrationRequest>\n'

local function look(status, _, body)
  common.check(status)
  local device = body:match("<DeviceId>(.-)</DeviceId>")
  local token = body:match("<Token>(.-)</Token>")
  if file ~= nil and device ~= nil and token ~= nil then
    file:write(device, " ", token, "\n")
  end
end

function init(arguments)
  local given = common.read(arguments)
  path = given.path
  limit = tonumber(given.limit) or 1 / 0
  if given.file ~= nil then
    file = assert(io.open(given.file, "w"))
    file:setvbuf("line")
  end
  if file ~= nil or given.check ~= nil then
    response = look
  end
end

function request()
  number = number + 1
  if number > limit then
    return common.finish()
  end
  local code = common.code(number)
  return common.post(path, extra, before .. code
    .. "</DeviceId>\n  <Code>" .. code .. after)
end
