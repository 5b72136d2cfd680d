-- Sends one signed delivery again and again, each time under a new GUID, and prints what wrk measured as JSON.
-- Arguments: the file with the body, its signature, and a number that makes this run's GUIDs its own.

local head, tail, run
local count = 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local body = file:read("*a")
  file:close()
  run = tonumber(arguments[3])
  math.randomseed(run)
  head = table.concat({
    "POST /webhook HTTP/1.1",
    "Host: " .. wrk.host .. ":" .. wrk.port,
    "User-Agent: GitHub-Hookshot/0000000",
    "Accept: */*",
    "Content-Type: application/json",
    "Content-Length: " .. #body,
    "X-GitHub-Event: issues",
    "X-GitHub-Hook-ID: 1",
    "X-GitHub-Hook-Installation-Target-ID: 1",
    "X-GitHub-Hook-Installation-Target-Type: integration",
    "X-Hub-Signature-256: " .. arguments[2],
    "X-GitHub-Delivery: ",
  }, "\r\n")
  tail = "\r\n\r\n" .. body
end

function request()
  count = count + 1
  -- GUIDs of version 1, as GitHub's are: a clock in steps of 100 ns, its lowest 32 bits first. Those of one
  -- second stand side by side in the database's index; here each is 0.2 ms after the one before.
  local ticks = run * 2654435761 % 4294967296 + count * 2000
  local guid = string.format(
    "%08x-%04x-11f0-8000-%012x", ticks % 4294967296, run % 65536, math.random(0, 2147483647) * 65536 + count % 65536
  )
  return head .. guid .. tail
end

function done(summary, latency)
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %.0f, "p99": %.0f, "max": %.0f}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max
  ))
end
