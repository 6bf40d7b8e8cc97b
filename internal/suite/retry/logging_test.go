package retry_test

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func attrs(record slog.Record) map[string]any {
	values := map[string]any{}
	record.Attrs(func(attr slog.Attr) bool {
		values[attr.Key] = attr.Value.Any()
		return true
	})
	return values
}

func TestLogger_logsAttemptsAndRetries(t *testing.T) {
	t.Parallel()
	records := &wiretest.LogRecorder{}
	s := wiretest.NewScript(
		wiretest.Fail(io.ErrUnexpectedEOF),
		wiretest.Reply{Status: http.StatusBadGateway, Header: http.Header{"X-Request-Id": {"r-2"}}, Body: "<html>"},
		wiretest.OK(wiretest.Fixture(t, "get_device_200.json")),
	)
	_, err := s.Client(t, wiretest.NoWaits, whatspie.WithLogger(slog.New(records))).Devices.Get(t.Context(), 7)
	require.NoError(t, err)

	type line struct {
		level   slog.Level
		message string
		attempt int64
		status  int64
	}
	lines := make([]line, 0, 5)
	for _, record := range records.All() {
		values := attrs(record)
		assert.Equal(t, "GET", values["method"])
		assert.Equal(t, "/devices/7", values["path"])
		attempt, isInt := values["attempt"].(int64)
		require.True(t, isInt)
		status, isInt := values["status"].(int64)
		require.True(t, isInt)
		lines = append(lines, line{record.Level, record.Message, attempt, status})
	}
	assert.Equal(t, []line{
		{slog.LevelDebug, "whatspie: attempt", 1, 0},
		{slog.LevelWarn, "whatspie: retry", 1, 0},
		{slog.LevelDebug, "whatspie: attempt", 2, 502},
		{slog.LevelWarn, "whatspie: retry", 2, 502},
		{slog.LevelDebug, "whatspie: attempt", 3, 200},
	}, lines)
	assert.Equal(t, "unexpected EOF", attrs(records.All()[0])["error"])
	assert.Equal(t, "r-2", attrs(records.All()[2])["request_id"])
	for i, name := range map[int]string{0: "duration", 1: "wait"} {
		assert.Regexp(t, `^[0-9.]+(ns|µs|ms|s)$`, attrs(records.All()[i])[name], "JSON logs contain the unit")
	}
	assert.NotContains(t, attrs(records.All()[4]), "error")
}

func TestLogger_doesNotLogLastFailureAsRetry(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]wiretest.Reply{
		"not retryable":  {Status: http.StatusUnauthorized, Body: wiretest.Fixture(t, "unauthorized_401.json")},
		"retries failed": {Status: http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records := &wiretest.LogRecorder{}
			logger := whatspie.WithLogger(slog.New(records))
			_, err := wiretest.NewScript(reply).Client(t, wiretest.NoWaits, logger).Devices.List(t.Context())
			warnings := 0
			for _, record := range records.All() {
				if record.Level == slog.LevelWarn {
					warnings++
				}
			}
			assert.Equal(t, wiretest.APIError(t, err).Attempts-1, warnings)
		})
	}
}
