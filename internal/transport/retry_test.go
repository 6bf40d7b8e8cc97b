package transport_test

import (
	"context"
	"errors"
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// noon is on the second, as HTTP's dates are.
func noon() time.Time { return time.Date(2026, 11, 6, 12, 0, 0, 0, time.UTC) }

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, " ": 0, "0": 0, "1": time.Second, " 120 ": 2 * time.Minute, "0007": 7 * time.Second,
		"9223372036":                     9223372036 * time.Second,
		"9223372037":                     math.MaxInt64,
		"9223372036854775807":            math.MaxInt64,
		"9223372036854775808":            math.MaxInt64,
		strings.Repeat("9", 1000):        math.MaxInt64,
		"-1":                             0,
		"+1":                             0,
		"1.5":                            1500 * time.Millisecond,
		"0.25":                           250 * time.Millisecond,
		".5":                             500 * time.Millisecond,
		"1.":                             0,
		".":                              0,
		"1.5.2":                          0,
		"9223372036.9":                   math.MaxInt64,
		"1e3":                            0,
		"0x10":                           0,
		"1s":                             0,
		"1, 2":                           0,
		"٣":                              0, // a digit, but not one of HTTP's
		"soon":                           0,
		"Fri, 06 Nov 2026 12:01:30 GMT":  90 * time.Second,
		" Fri, 06 Nov 2026 12:01:30 GMT": 90 * time.Second,
		"Friday, 06-Nov-26 12:01:30 GMT": 90 * time.Second,
		"Fri Nov  6 12:01:30 2026":       90 * time.Second,
		"Fri, 06 Nov 2026 12:00:00 GMT":  0,
		"Fri, 06 Nov 2026 11:59:59 GMT":  0,
		"Thu, 01 Jan 1970 00:00:00 GMT":  0,
		"Sat, 01 Jan 0000 00:00:00 GMT":  0,
		"Fri, 31 Dec 9999 23:59:59 GMT":  math.MaxInt64,
		"2026-11-06T12:01:30Z":           0,
		"Fri, 32 Nov 2026 12:01:30 GMT":  0,
	} {
		assert.Equal(t, want, transport.ParseRetryAfter(http.Header{"Retry-After": {value}}, noon()), value)
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, value := range []string{
		"", "0", "120", "-1", "9223372037", "99999999999999999999", "soon", " 7\t", "1.5",
		"Fri, 06 Nov 2026 12:01:30 GMT", "Friday, 06-Nov-26 12:01:30 GMT", "Fri Nov  6 12:01:30 2026", "Fri, 31 Dec 9999 23:59:59 GMT",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := transport.ParseRetryAfter(http.Header{"Retry-After": {value}}, noon())
		require.GreaterOrEqual(t, got, time.Duration(0))
		digits := strings.TrimSpace(value)
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return
		}
		exact, valid := new(big.Int).SetString(digits, 10)
		require.True(t, valid)
		exact.Mul(exact, big.NewInt(int64(time.Second)))
		if exact.IsInt64() {
			assert.Equal(t, exact.Int64(), int64(got))
		} else {
			assert.Equal(t, time.Duration(math.MaxInt64), got)
		}
	})
}

func TestRepeatable(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]bool{
		http.MethodGet: true, http.MethodHead: true, http.MethodOptions: true, http.MethodTrace: true,
		http.MethodPost: false, http.MethodPut: false, http.MethodPatch: false, http.MethodDelete: false, "": false, "get": false,
	} {
		assert.Equal(t, want, transport.Repeatable(method), method)
	}
}

func TestContextError(t *testing.T) {
	t.Parallel()
	require.NoError(t, transport.ContextError(t.Context()))
	plain, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, context.Canceled, transport.ContextError(plain))

	why := errors.New("why")
	caused, cancelCause := context.WithCancelCause(t.Context())
	cancelCause(why)
	err := transport.ContextError(caused)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, why)
	require.EqualError(t, err, "context canceled: why")

	late, cancelLate := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), why)
	defer cancelLate()
	err = transport.ContextError(late)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, why)
}
