package whatspie_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// recorder keeps log records.
type recorder struct {
	mu      sync.Mutex
	records []slog.Record
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, record.Clone())
	return nil
}

func (r *recorder) all() []slog.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

func attrs(record slog.Record) map[string]any {
	found := map[string]any{}
	record.Attrs(func(attr slog.Attr) bool {
		found[attr.Key] = attr.Value.Any()
		return true
	})
	return found
}

func TestOneDebugPerAttemptAndOneWarningPerRetry(t *testing.T) {
	t.Parallel()
	records := &recorder{}
	s := scriptOf(
		fails(io.ErrUnexpectedEOF),
		reply{status: http.StatusBadGateway, header: http.Header{"X-Request-Id": {"r-2"}}, body: "<html>"},
		ok(fixture(t, "get_device_200.json")),
	)
	_, err := s.client(t, atOnce, whatspie.WithLogger(slog.New(records))).Devices.Get(t.Context(), 7)
	require.NoError(t, err)

	type line struct {
		level   slog.Level
		message string
		attempt int64
		status  int64
	}
	lines := make([]line, 0, 5)
	for _, record := range records.all() {
		found := attrs(record)
		assert.Equal(t, "GET", found["method"])
		assert.Equal(t, "/devices/7", found["path"])
		attempt, isInt := found["attempt"].(int64)
		require.True(t, isInt)
		status, isInt := found["status"].(int64)
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
	assert.Equal(t, "unexpected EOF", attrs(records.all()[0])["error"])
	assert.Equal(t, "r-2", attrs(records.all()[2])["request_id"])
	for i, name := range map[int]string{0: "duration", 1: "wait"} {
		assert.Regexp(t, `^[0-9.]+(ns|µs|ms|s)$`, attrs(records.all()[i])[name], "a JSON log shows the unit too")
	}
	assert.NotContains(t, attrs(records.all()[4]), "error")
}

func TestFailuresThatEndACallAreNoRetries(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"refused":   {status: http.StatusUnauthorized, body: fixture(t, "unauthorized_401.json")},
		"exhausted": {status: http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records := &recorder{}
			_, err := scriptOf(answer).client(t, atOnce, whatspie.WithLogger(slog.New(records))).Devices.List(t.Context())
			warnings := 0
			for _, record := range records.all() {
				if record.Level == slog.LevelWarn {
					warnings++
				}
			}
			assert.Equal(t, apiError(t, err).Attempts-1, warnings)
		})
	}
}

func TestLogsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	var text, asJSON bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	for log, handler := range map[*bytes.Buffer]slog.Handler{&text: slog.NewTextHandler(&text, options), &asJSON: slog.NewJSONHandler(&asJSON, options)} {
		logger := whatspie.WithLogger(slog.New(handler))
		failures(t, logger)
		answer := reply{status: http.StatusOK, header: blurtedHeader(t), body: `{"data":{"qr":"` + dataURI(t) + `"}}`}
		_, err := scriptOf(answer).client(t, logger).Devices.QR(t.Context(), 7)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, strings.Count(log.String(), "whatspie: attempt"), len(blurts(t))+1)
		assert.Contains(t, log.String(), "whatspie: retry")
		assert.Contains(t, log.String(), "r-[redacted]")
		assertNoSecret(t, log.String())
	}
}
