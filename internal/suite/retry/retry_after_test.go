package retry_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// elapsedAfter returns the wait before the second attempt.
func elapsedAfter(t *testing.T, first wiretest.Reply, opts ...whatspie.Option) time.Duration {
	t.Helper()
	s := wiretest.NewScript(first, wiretest.OK(`{"data":[]}`))
	start := time.Now()
	_, err := s.Client(t, opts...).Devices.List(t.Context())
	require.NoError(t, err)
	require.Len(t, s.Requests(), 2)
	return time.Since(start)
}

func TestRetryAfterIsAFloor(t *testing.T) {
	t.Parallel()
	in := func(wait time.Duration, layout string) func() string {
		return func() string { return time.Now().Add(wait).UTC().Format(layout) }
	}
	plain := func(value string) func() string { return func() string { return value } }
	for name, test := range map[string]struct {
		value       func() string
		least, most time.Duration
	}{
		"seconds":               {plain("10"), 10 * time.Second, 12 * time.Second},
		"with spaces":           {plain("  10 "), 10 * time.Second, 12 * time.Second},
		"leading zeros":         {plain("0010"), 10 * time.Second, 12 * time.Second},
		"as much as is allowed": {plain("60"), 60 * time.Second, 66 * time.Second},
		"IMF-fixdate":           {in(10*time.Second, http.TimeFormat), 10 * time.Second, 12 * time.Second},
		"RFC 850":               {in(10*time.Second, "Monday, 02-Jan-06 15:04:05 GMT"), 10 * time.Second, 12 * time.Second},
		"asctime":               {in(10*time.Second, time.ANSIC), 10 * time.Second, 12 * time.Second},
		"zero":                  {plain("0"), 0, 500 * time.Millisecond},
		"past":                  {in(-time.Hour, http.TimeFormat), 0, 500 * time.Millisecond},
		"long past":             {plain("Thu, 01 Jan 1970 00:00:00 GMT"), 0, 500 * time.Millisecond},
		"negative":              {plain("-10"), 0, 500 * time.Millisecond},
		"fraction":              {plain("1.5"), 1500 * time.Millisecond, 4 * time.Second},
		"words":                 {plain("soon"), 0, 500 * time.Millisecond},
		"hexadecimal":           {plain("0x10"), 0, 500 * time.Millisecond},
		"empty":                 {plain(""), 0, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for range 20 {
					time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // HTTP dates have no fractions
					elapsed := elapsedAfter(t, wiretest.RateLimited(test.value()))
					assert.GreaterOrEqual(t, elapsed, test.least)
					assert.Less(t, elapsed, test.most)
				}
			})
		})
	}
}

func TestRetryAfterCountsWithEveryRetriedAnswer(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]wiretest.Reply{
		"503":         {Status: 503},
		"500":         {Status: 500, Body: "<html>"},
		"in the body": {Status: 200, Body: `{"code":429}`},
		"cut":         {Status: 200, Body: "{", Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				first.Header = http.Header{"Retry-After": {"10"}}
				elapsed := elapsedAfter(t, first)
				assert.GreaterOrEqual(t, elapsed, 10*time.Second)
				assert.Less(t, elapsed, 12*time.Second)
			})
		})
	}
}

// Retry-After does not shorten a longer backoff.
func TestRetryAfterIsNoCeiling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		longest := time.Duration(0)
		for range 100 {
			policy := whatspie.WithRetry(whatspie.RetryPolicy{MinWait: time.Minute, MaxWait: time.Minute})
			longest = max(longest, elapsedAfter(t, wiretest.RateLimited("1"), policy))
		}
		assert.Greater(t, longest, 30*time.Second)
		assert.Less(t, longest, time.Minute)
	})
}

func TestRetryAfterBeyondTheBoundFailsNow(t *testing.T) {
	t.Parallel()
	const forever = time.Duration(1<<63 - 1)
	for name, test := range map[string]struct {
		value  string
		policy whatspie.RetryPolicy
		want   time.Duration
	}{
		"61 seconds":           {"61", whatspie.RetryPolicy{}, 61 * time.Second},
		"a day":                {"86400", whatspie.RetryPolicy{}, 24 * time.Hour},
		"own bound":            {"3", whatspie.RetryPolicy{MaxRetryAfter: 2 * time.Second}, 3 * time.Second},
		"more than a duration": {"9223372037", whatspie.RetryPolicy{}, forever},
		"more than an integer": {"99999999999999999999999999", whatspie.RetryPolicy{}, forever},
		"as the largest bound": {"9223372036854775807", whatspie.RetryPolicy{MaxRetryAfter: forever - 1}, forever},
		"far in the future":    {"Fri, 31 Dec 9999 23:59:59 GMT", whatspie.RetryPolicy{}, forever},
		"in an hour":           {"Sat, 01 Jan 2000 01:00:00 GMT", whatspie.RetryPolicy{}, time.Hour}, // bubbles start in 2000
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.RateLimited(test.value))
				start := time.Now()
				_, err := s.Client(t, whatspie.WithRetry(test.policy)).Devices.List(t.Context())
				assert.Zero(t, time.Since(start), "no sleep")
				wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, test.want, failed.RetryAfter)
				assert.Equal(t, 1, failed.Attempts)
				assert.True(t, failed.Retryable(), "later")
				require.ErrorContains(t, err, "retry after "+test.want.String())
			})
		})
	}
}

func TestRetryAfterBeyondTheDeadlineFailsNow(t *testing.T) {
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
				assert.Zero(t, time.Since(start), "no sleep")
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NoError(t, ctx.Err(), "the deadline is yet to come")
				wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
				assert.Equal(t, 30*time.Second, wiretest.APIError(t, err).RetryAfter)
				assert.Len(t, s.Requests(), 1)
				require.ErrorContains(t, err, ": context deadline exceeded; last failure: 429 Too many requests (1 attempt, retry after 30s)")
			})
		})
	}
}

func TestWritesWaitOutARateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.RateLimited("5"), wiretest.RateLimited("5"), wiretest.RateLimited("5"), wiretest.Reply{Status: 201, Body: `{"data":{"id":7}}`})
		start := time.Now()
		device, err := s.Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
		require.NoError(t, err)
		assert.Equal(t, int64(7), device.ID)
		assert.Len(t, s.Requests(), 4)
		assert.GreaterOrEqual(t, time.Since(start), 15*time.Second)
	})
}
