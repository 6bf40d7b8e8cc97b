package whatspie_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
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
	assert.Contains(t, attrs(records.all()[1]), "wait")
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
	var log bytes.Buffer
	handler := slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})
	header := http.Header{"X-Request-Id": {"id-" + token}, "Location": {"https://evil/" + token}}
	image := dataURI(t)
	s := scriptOf(
		reply{status: http.StatusBadGateway, header: header, body: token + image},
		fails(textError("cannot use "+token)),
		reply{status: http.StatusFound, header: header, body: token},
	)
	client := s.client(t, atOnce, whatspie.WithLogger(slog.New(handler)))
	_, err := client.Devices.QR(t.Context(), 7)
	require.Error(t, err)
	_, err = scriptOf(ok(`{"data":{"qr":"`+image+`"}}`)).client(t, whatspie.WithLogger(slog.New(handler))).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Contains(t, log.String(), "[redacted]")
	assertNoSecret(t, log.String())
}
