-- One payout per request, each with its own reference and idempotency key.
-- BENCH_KEYS names a file with one API key a line; the connections take them in turn.
-- The last line printed is one JSON object for tests/bench/load.py.

local keys = {}
for line in io.lines(os.getenv("BENCH_KEYS")) do keys[#keys + 1] = line end
math.randomseed(tonumber(os.getenv("BENCH_SEED")))
local run = math.random(1e9)
local count = 0
local threads = {}
statuses = {}

local function uuid()
  local r = math.random
  return string.format("%08x-%04x-4%03x-8%03x-%06x%06x",
    r(0, 0xffffffff), r(0, 0xffff), r(0, 0xfff), r(0, 0xfff), r(0, 0xffffff), r(0, 0xffffff))
end

function setup(thread) threads[#threads + 1] = thread end

function request()
  count = count + 1
  local headers = {
    ["X-API-KEY"] = keys[count % #keys + 1],
    ["X-Idempotency-Key"] = uuid(),
    ["Content-Type"] = "application/json",
  }
  local body = string.format(
    '{"merchantReference":"B%d-%d","amount":"1.00","destType":"BANK","bankCode":"HBL",'
      .. '"accountNumber":"12345670001","accountTitle":"A"}', run, count)
  return wrk.format("POST", "/api/v1/payouts", headers, body)
end

function response(status, headers, body)
  statuses[status] = (statuses[status] or 0) + 1
  if status ~= 201 and statuses[status] <= 3 then io.stderr:write(status, " ", body, "\n") end
end

function done(summary, latency, requests)
  local seen = {}
  for _, thread in ipairs(threads) do
    for status, times in pairs(thread:get("statuses")) do
      seen[#seen + 1] = string.format('"%d":%d', status, times)
    end
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"statuses":{%s},"socket_errors":%d,"p50":%.3f,"p95":%.3f,"p99":%.3f}\n',
    summary.requests, summary.duration, table.concat(seen, ","),
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
