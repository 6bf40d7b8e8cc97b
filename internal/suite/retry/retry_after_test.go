package retry_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// retryWait makes a call whose first attempt gets the reply, and returns the wait before the second attempt.
func retryWait(t *testing.T, first wiretest.Reply, opts ...whatspie.Option) time.Duration {
	t.Helper()
	s := wiretest.NewScript(first, wiretest.OK(`{"data":[]}`))
	start := time.Now()
	_, err := s.Client(t, opts...).Devices.List(t.Context())
	require.NoError(t, err)
	require.Len(t, s.Requests(), 2)
	return time.Since(start)
}

func TestRetryAfter_isMinimumWait(t *testing.T) {
	t.Parallel()
	date := func(wait time.Duration, layout string) func() string {
		return func() string { return time.Now().Add(wait).UTC().Format(layout) }
	}
	text := func(value string) func() string { return func() string { return value } }
	for name, test := range map[string]struct {
		value    func() string
		min, max time.Duration
	}{
		"seconds":         {text("10"), 10 * time.Second, 12 * time.Second},
		"with spaces":     {text("  10 "), 10 * time.Second, 12 * time.Second},
		"leading zeros":   {text("0010"), 10 * time.Second, 12 * time.Second},
		"default maximum": {text("60"), 60 * time.Second, 66 * time.Second},
		"IMF-fixdate":     {date(10*time.Second, http.TimeFormat), 10 * time.Second, 12 * time.Second},
		"RFC 850":         {date(10*time.Second, "Monday, 02-Jan-06 15:04:05 GMT"), 10 * time.Second, 12 * time.Second},
		"asctime":         {date(10*time.Second, time.ANSIC), 10 * time.Second, 12 * time.Second},
		"zero":            {text("0"), 0, 500 * time.Millisecond},
		"an hour ago":     {date(-time.Hour, http.TimeFormat), 0, 500 * time.Millisecond},
		"1970":            {text("Thu, 01 Jan 1970 00:00:00 GMT"), 0, 500 * time.Millisecond},
		"negative":        {text("-10"), 0, 500 * time.Millisecond},
		"fraction":        {text("1.5"), 1500 * time.Millisecond, 4 * time.Second},
		"not a number":    {text("soon"), 0, 500 * time.Millisecond},
		"hexadecimal":     {text("0x10"), 0, 500 * time.Millisecond},
		"empty":           {text(""), 0, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for range 20 {
					time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // HTTP dates have no fractions
					elapsed := retryWait(t, wiretest.RateLimited(test.value()))
					assert.GreaterOrEqual(t, elapsed, test.min)
					assert.Less(t, elapsed, test.max)
				}
			})
		})
	}
}

func TestRetryAfter_appliesToEveryRetriedResponse(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]wiretest.Reply{
		"503":           {Status: 503},
		"500":           {Status: 500, Body: "<html>"},
		"429 in body":   {Status: 200, Body: `{"code":429}`},
		"200 truncated": {Status: 200, Body: "{", Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				first.Header = http.Header{"Retry-After": {"10"}}
				elapsed := retryWait(t, first)
				assert.GreaterOrEqual(t, elapsed, 10*time.Second)
				assert.Less(t, elapsed, 12*time.Second)
			})
		})
	}
}

func TestRetryAfter_doesNotShortenBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		longest := time.Duration(0)
		for range 100 {
			policy := whatspie.WithRetry(whatspie.RetryPolicy{MinWait: time.Minute, MaxWait: time.Minute})
			longest = max(longest, retryWait(t, wiretest.RateLimited("1"), policy))
		}
		assert.Greater(t, longest, 30*time.Second)
		assert.Less(t, longest, time.Minute)
	})
}

func TestRetryAfter_aboveMaxFailsImmediately(t *testing.T) {
	t.Parallel()
	const maxDuration = time.Duration(1<<63 - 1)
	for name, test := range map[string]struct {
		value  string
		policy whatspie.RetryPolicy
		want   time.Duration
	}{
		"61 seconds":         {"61", whatspie.RetryPolicy{}, 61 * time.Second},
		"a day":              {"86400", whatspie.RetryPolicy{}, 24 * time.Hour},
		"custom maximum":     {"3", whatspie.RetryPolicy{MaxRetryAfter: 2 * time.Second}, 3 * time.Second},
		"overflows Duration": {"9223372037", whatspie.RetryPolicy{}, maxDuration},
		"overflows int64":    {"99999999999999999999999999", whatspie.RetryPolicy{}, maxDuration},
		"largest maximum":    {"9223372036854775807", whatspie.RetryPolicy{MaxRetryAfter: maxDuration - 1}, maxDuration},
		"year 9999":          {"Fri, 31 Dec 9999 23:59:59 GMT", whatspie.RetryPolicy{}, maxDuration},
		"in an hour":         {"Sat, 01 Jan 2000 01:00:00 GMT", whatspie.RetryPolicy{}, time.Hour}, // bubbles start in 2000
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.RateLimited(test.value))
				start := time.Now()
				_, err := s.Client(t, whatspie.WithRetry(test.policy)).Devices.List(t.Context())
				assert.Zero(t, time.Since(start), "no wait")
				wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, test.want, failed.RetryAfter)
				assert.Equal(t, 1, failed.Attempts)
				assert.True(t, failed.Retryable(), "a later call may succeed")
				require.ErrorContains(t, err, "retry after "+test.want.String())
			})
		})
	}
}

func TestRetryAfter_pastDeadlineFailsImmediately(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, *whatspie.Client) error{
		"read": func(ctx context.Context, c *whatspie.Client) error { _, err := c.Devices.List(ctx); return err },
		"write": func(ctx context.Context, c *whatspie.Client) error {
			_, err := c.Devices.Create(ctx, wiretest.NewDevice)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.RateLimited("30"))
				ctx, cancel := context.WithTimeout(t.Context(), 29*time.Second)
				defer cancel()
				start := time.Now()
				err := call(ctx, s.Client(t))
				assert.Zero(t, time.Since(start), "no wait")
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NoError(t, ctx.Err(), "the deadline has not passed")
				wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
				assert.Equal(t, 30*time.Second, wiretest.APIError(t, err).RetryAfter)
				assert.Len(t, s.Requests(), 1)
				require.ErrorContains(t, err, ": context deadline exceeded; "+
					"last failure: 429 Too many requests (1 attempt, retry after 30s)")
			})
		})
	}
}

// Clients that received the same Retry-After must not send their next request at the same time.
func TestRetryAfter_spreadsClients(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"1", "30"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const clients = 2000
				slots := map[time.Duration]int{}
				start := time.Now()
				var mu sync.Mutex
				var running sync.WaitGroup
				for range clients {
					s := wiretest.NewScript(wiretest.RateLimited(value), wiretest.OK(`{"data":[]}`))
					client := s.Client(t)
					running.Go(func() {
						devices, err := client.Devices.List(t.Context())
						assert.Empty(t, devices, "%v", err)
						mu.Lock()
						defer mu.Unlock()
						slots[s.Requests()[1].At.Sub(start).Truncate(10*time.Millisecond)]++
					})
				}
				running.Wait()
				for slot, count := range slots {
					assert.LessOrEqual(t, count, clients*2/100, "%v", slot)
				}
			})
		})
	}
}

func TestRetryAfter_jitterRange(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"1":  3 * time.Second,
		"10": 12 * time.Second,
		"60": 66 * time.Second,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				longest := time.Duration(0)
				for range 500 {
					longest = max(longest, retryWait(t, wiretest.RateLimited(value)))
				}
				assert.LessOrEqual(t, longest, want)
				assert.Greater(t, longest, want-200*time.Millisecond)
			})
		})
	}
}

// Jitter must leave time for the attempt before the context's deadline.
func TestRetryAfter_jitterStaysWithinDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		longest := time.Duration(0)
		for range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), 1100*time.Millisecond)
			start := time.Now()
			_, err := wiretest.NewScript(wiretest.RateLimited("1"), wiretest.OK(`{"data":[]}`)).Client(t).Devices.List(ctx)
			require.NoError(t, err)
			longest = max(longest, time.Since(start))
			cancel()
		}
		assert.Less(t, longest, 1050*time.Millisecond, "half of the remaining time is left for the attempt")
		assert.Greater(t, longest, 1040*time.Millisecond)
	})
}

func TestRetryAfter_appliesToWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limited, created := wiretest.RateLimited("5"), wiretest.Reply{Status: 201, Body: `{"data":{"id":7}}`}
		s := wiretest.NewScript(limited, limited, limited, created)
		start := time.Now()
		device, err := s.Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
		require.NoError(t, err)
		assert.Equal(t, int64(7), device.ID)
		assert.Len(t, s.Requests(), 4)
		assert.GreaterOrEqual(t, time.Since(start), 15*time.Second)
	})
}
