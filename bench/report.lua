-- POST /device/report: jobs=... new jobs and the levels of four toners after
-- them, by one device of file=... after the other. first=... is the number of
-- the first report, which goes on from cell to cell: from it come the device,
-- its sequence, which grows, and the levels, which fall slowly from 90 and
-- never come near an order. limit=... ends it.
local common = require "common"

local tokens, jobs, number, batch, limit
local made = 0
local parts = {}
local toners = { "black", "cyan", "magenta", "yellow" }

function init(arguments)
  local given = common.read(arguments)
  tokens = common.lines(given.file)
  jobs = tonumber(given.jobs)
  number = tonumber(given.first)
  batch = tonumber(given.batch)
  limit = tonumber(given.limit) or 1 / 0
  if given.check ~= nil then
    response = common.check
  end
end

local function job()
  made = made + 1
  return string.format("  <Job>\n"
    .. "    <JobUuid>urn:uuid:%08x-%04x-4%03x-8%03x-%012x</JobUuid>\n"
    .. "    <JobKind>Print</JobKind>\n"
    .. "    <JobState>completed</JobState>\n"
    .. "    <DateTimeAtCompleted>2026-11-22T12:00:00Z</DateTimeAtCompleted>\n"
    .. "    <ImpressionsCompleted>%d</ImpressionsCompleted>\n"
    .. "    <ImpressionsFullColor>%d</ImpressionsFullColor>\n"
    .. "    <MediaSheetsCompleted>%d</MediaSheetsCompleted>\n"
    .. "  </Job>\n", math.random(0, 0x7fffffff), math.random(0, 0xffff),
    math.random(0, 0xfff), batch % 0x1000, made, made % 9 + 3, made % 4,
    made % 5 + 2)
end

local function supply(slot, level)
  return '  <Supply index="' .. slot .. '">\n'
    .. "    <Class>supplyThatIsConsumed</Class>\n"
    .. "    <Type>toner</Type>\n"
    .. "    <Colorant>" .. toners[slot] .. "</Colorant>\n"
    .. "    <Unit>percent</Unit>\n"
    .. "    <MaxCapacity>100</MaxCapacity>\n"
    .. "    <Level>" .. level .. "</Level>\n"
    .. "    <SerialNumber>TN-" .. toners[slot] .. "-04711</SerialNumber>\n"
    .. "  </Supply>\n"
end

function request()
  if number >= limit then
    return common.finish()
  end
  local place = number % #tokens
  local turn = (number - place) / #tokens
  number = number + 1
  for i = 1, jobs do
    parts[i] = job()
  end
  for slot = 1, 4 do
    parts[jobs + slot] = supply(slot, math.max(45, 90 - math.floor(turn / 5)))
  end
  return common.post("/device/report",
    "Content-Type: application/xml\r\nAuthorization: Bearer "
    .. tokens[place + 1] .. "\r\n",
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    .. '<JobReport xmlns="urn:tallystick:1" sequence="' .. turn + 1 .. '">\n'
    .. table.concat(parts, "", 1, jobs + 4) .. "</JobReport>\n")
end
