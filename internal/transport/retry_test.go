package transport_test

import (
	"context"
	"errors"
	"io"
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// noon has no fraction, because HTTP dates have none.
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
		"٣":                              0, // a digit, but not an ASCII one
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

func TestParseRetryAfter_usesServerDate(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]time.Duration{
		"":                              90 * time.Second,
		"yesterday":                     90 * time.Second,
		"Fri, 06 Nov 2026 11:01:30 GMT": time.Hour,
		"Fri, 06 Nov 2026 12:01:00 GMT": 30 * time.Second,
		"Fri, 06 Nov 2026 13:00:00 GMT": 0,
	} {
		header := http.Header{"Retry-After": {"Fri, 06 Nov 2026 12:01:30 GMT"}, "Date": {date}}
		assert.Equal(t, want, transport.ParseRetryAfter(header, noon()), date)
	}
	assert.Zero(t, transport.ParseRetryAfter(nil, noon()))
}

// failWith returns a Read function whose envelope reports a failure.
func failWith(code int, contradictory bool) func(int, string, []byte) (wire.Envelope, error) {
	return func(int, string, []byte) (wire.Envelope, error) {
		return wire.Envelope{Failed: true, Code: code, Contradictory: contradictory}, nil
	}
}

type transient struct{ error }

func (transient) Transient() bool { return true }

func TestRetryable(t *testing.T) {
	t.Parallel()
	decodeError := func(err error) func(int, string, []byte) (wire.Envelope, error) {
		return func(int, string, []byte) (wire.Envelope, error) { return wire.Envelope{}, err }
	}
	for name, test := range map[string]struct {
		status               int
		read                 func(int, string, []byte) (wire.Envelope, error)
		gets, posts          int
		didNotAct, retryable bool // a POST
	}{
		"429":                            {429, failWith(0, false), 3, 3, true, true},
		"429, contradictory":             {429, failWith(429, true), 3, 1, false, false},
		"429 in the body":                {200, failWith(429, false), 3, 3, true, true},
		"429 in the body, contradictory": {200, failWith(429, true), 3, 1, false, false},
		"429 in the body of a 201":       {201, failWith(429, false), 3, 1, false, false},
		"503 in the body of a 429":       {429, failWith(503, false), 3, 1, false, false},
		"500 in the body":                {200, failWith(500, false), 3, 1, false, false},
		"404 in the body":                {200, failWith(404, false), 1, 1, true, false},
		"408":                            {408, failWith(0, false), 3, 1, false, false},
		"404":                            {404, failWith(0, false), 1, 1, true, false},
		"301":                            {301, failWith(0, false), 1, 1, false, false},
		"decoding fails":                 {200, decodeError(io.ErrUnexpectedEOF), 1, 1, false, false},
		"decoding fails, transient":      {200, decodeError(transient{io.EOF}), 3, 1, false, false},
		"503, decoding fails":            {503, decodeError(io.EOF), 3, 1, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newTransport(t, respond(test.status, "{}"))
			for method, want := range map[string]int{"GET": test.gets, "POST": test.posts} {
				result := client.Do(t.Context(), transport.Request{Method: method, Path: "/x", Read: test.read})
				assert.Equal(t, want, result.Attempts, method)
				if method == "POST" {
					assert.Equal(t, test.didNotAct, result.DidNotAct())
					assert.Equal(t, test.retryable, result.Retryable(method))
				}
			}
			single := client.Do(t.Context(), transport.Request{Method: "GET", Path: "/x", Read: test.read, NoRetry: true})
			assert.Equal(t, 1, single.Attempts)
		})
	}
}

func TestDo_waitsBetweenAttempts(t *testing.T) {
	t.Parallel()
	withWaits := func(c *transport.Config) {
		c.Policy = transport.Policy{MaxAttempts: 3, MinWait: time.Second, MaxWait: 3 * time.Second, MaxRetryAfter: time.Minute}
	}
	retryAfter := func(value string) roundTripper {
		return func(r *http.Request) (*http.Response, error) {
			response, err := respond(503, "")(r)
			response.Header.Set("Retry-After", value)
			return response, err
		}
	}
	for name, test := range map[string]struct {
		next             roundTripper
		contextTimeout   time.Duration // 0 for none
		attempts         int
		minTime, maxTime time.Duration
		contextEnded     bool
	}{
		"backoff":                               {respond(503, ""), 0, 3, 0, 4 * time.Second, false},
		"Retry-After":                           {retryAfter("10"), 0, 3, 20 * time.Second, 23 * time.Second, false},
		"Retry-After over MaxRetryAfter":        {retryAfter("61"), 0, 1, 0, 0, false},
		"Retry-After after the deadline":        {retryAfter("10"), 9 * time.Second, 1, 0, 0, true},
		"spread limited by the deadline":        {retryAfter("10"), 21 * time.Second, 3, 20 * time.Second, 21 * time.Second, false},
		"second Retry-After after the deadline": {retryAfter("10"), 15 * time.Second, 2, 10 * time.Second, 13 * time.Second, true},
		"backoff within the deadline":           {respond(503, ""), time.Hour, 3, 0, 4 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if test.contextTimeout > 0 {
					ctx, cancel = context.WithTimeout(ctx, test.contextTimeout)
				}
				defer cancel()
				start := time.Now()
				result := newTransport(t, test.next, withWaits).Do(ctx, newRequest("GET"))
				assert.GreaterOrEqual(t, time.Since(start), test.minTime)
				assert.LessOrEqual(t, time.Since(start), test.maxTime)
				assert.Equal(t, test.attempts, result.Attempts)
				assert.Equal(t, test.contextEnded, result.ContextErr != nil)
				require.ErrorIs(t, result.Err, transport.ErrReportedFailure)
			})
		})
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := 503
		client := newTransport(t, roundTripper(func(r *http.Request) (*http.Response, error) { return respond(status, "{}")(r) }), func(c *transport.Config) {
			c.Policy = transport.Policy{MaxAttempts: 4, MinWait: 1, MaxWait: 1, Budget: 5}
		})
		call := func() (int, bool) {
			result := client.Do(t.Context(), newRequest("GET"))
			return result.Attempts, result.OutOfBudget
		}
		for i, want := range []int{4, 3, 1, 1} {
			attempts, out := call()
			assert.Equal(t, want, attempts, i)
			assert.Equal(t, i > 0, out, i)
		}
		time.Sleep(time.Second + time.Millisecond)
		attempts, _ := call()
		assert.Equal(t, 2, attempts, "a second returns one retry")
		status = 200
		for range 10 {
			call()
		}
		status = 503
		attempts, _ = call()
		assert.Equal(t, 2, attempts, "ten successful calls return one retry")
	})
	unlimited := newTransport(t, respond(503, ""), func(c *transport.Config) { c.Policy.Budget = math.MaxInt })
	assert.Equal(t, 3, unlimited.Do(t.Context(), newRequest("GET")).Attempts)
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

func TestIsSafe(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]bool{
		http.MethodGet: true, http.MethodHead: true, http.MethodOptions: true, http.MethodTrace: true,
		http.MethodPost: false, http.MethodPut: false, http.MethodPatch: false, http.MethodDelete: false, "": false, "get": false,
	} {
		assert.Equal(t, want, transport.IsSafe(method), method)
	}
}

func TestContextError(t *testing.T) {
	t.Parallel()
	require.NoError(t, transport.ContextError(t.Context()))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, context.Canceled, transport.ContextError(canceled))

	reason := errors.New("reason")
	canceledWithCause, cancelCause := context.WithCancelCause(t.Context())
	cancelCause(reason)
	err := transport.ContextError(canceledWithCause)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, reason)
	require.EqualError(t, err, "context canceled: reason")

	expired, cancelExpired := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), reason)
	defer cancelExpired()
	err = transport.ContextError(expired)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, reason)
}
