-- What the scripts for wrk have in common. Each is told NAME=VALUE ... after
-- "--"; each request comes from an address of its own; each ends with one line
-- of JSON.
local ffi = require "ffi"
local common = { given = {} }

ffi.cdef "int kill(int process, int signal); int getpid(void);"

local digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
local head = ""
local batch, sent = 0, 0
local the_thread

-- The arguments; batch=N, under 32^4, tells runs apart.
function common.read(arguments)
  for _, word in ipairs(arguments) do
    local name, value = word:match("^(%w+)=(.*)$")
    common.given[name] = value
  end
  batch = tonumber(common.given.batch)
  if common.given.pace ~= nil then
    -- wrk asks for it before each request but a connection's first.
    local pace = 2 * tonumber(common.given.pace)
    function delay()
      return math.random(0, pace)
    end
  end
  head = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port
    .. "\r\nUser-Agent: bench\r\nX-Forwarded-For: 10."
  return common.given
end

local function base32(number, length)
  local text = ""
  for _ = 1, length do
    local digit = number % 32
    text = digits:sub(digit + 1, digit + 1) .. text
    number = (number - digit) / 32
  end
  return text
end

-- A code of ten characters, of this run and no other. Its letter makes it
-- strong enough to register with.
function common.code(number)
  return "B" .. base32(batch, 4) .. base32(number, 5)
end

-- The bytes of a request. extra: header lines.
function common.request(method, path, extra, body)
  sent = sent + 1
  local place = (batch * 100003 + sent) % 16777216
  local low = place % 256
  local middle = (place - low) / 256 % 256
  return method .. " " .. path .. head
    .. (place - middle * 256 - low) / 65536 .. "." .. middle .. "." .. low
    .. "\r\n" .. extra .. "\r\n" .. body
end

function common.post(path, extra, body)
  return common.request("POST", path, extra .. "Content-Length: " .. #body
    .. "\r\n", body)
end

-- The lines of a file.
function common.lines(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

-- For when there is nothing left to send: end, and send something that does
-- no harm until then. done() does not count it. SIGINT wakes wrk, which else
-- would wait for the end of its time and reckon with that.
spare = 0
function common.finish()
  spare = spare + 1
  if spare == 1 then
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
  end
  return common.request("GET", "/nothing-left", "", "")
end

-- With check=STATUS each answer is looked at; others are counted as wrong.
wrong = 0
function common.check(status)
  if common.given.check ~= nil and spare == 0
    and status ~= tonumber(common.given.check) then
    wrong = wrong + 1
    if wrong == 1 then
      io.stderr:write("answered by ", status, "\n")
    end
  end
end

function setup(thread)
  the_thread = thread
end

function done(summary, latency)
  local errors = summary.errors
  local spared = the_thread:get("spare")
  io.write(string.format('{"requests": %d, "seconds": %.6f, "p50_us": %.0f, '
    .. '"p99_us": %.0f, "refused": %d, "broken": %d, "wrong": %d}\n',
    summary.requests - spared, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99),
    math.max(0, errors.status - spared),
    errors.connect + errors.read + errors.write + errors.timeout,
    the_thread:get("wrong")))
end

return common
