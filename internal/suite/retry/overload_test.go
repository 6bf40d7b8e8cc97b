package retry_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// flood makes the calls of many callers of one client at once, and returns their errors.
func flood(t *testing.T, client *whatspie.Client, callers, calls int) []error {
	t.Helper()
	failures := make([]error, callers*calls)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for call := range calls {
				_, failures[caller*calls+call] = client.Devices.Get(t.Context(), 7)
			}
		})
	}
	all.Wait()
	return failures
}

// outage never responds successfully.
type outage struct {
	mu       sync.Mutex
	requests int
}

func (o *outage) RoundTrip(*http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests++
	return nil, wiretest.ErrReset()
}

func TestRetryBudgetStopsCallersFromMultiplyingAnOutage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy      whatspie.RetryPolicy
		least, most float64 // requests per call
	}{
		"default":   {whatspie.RetryPolicy{}, 1.1, 1.15}, // 100 at once, then one per second
		"small":     {whatspie.RetryPolicy{Budget: 1}, 1, 1.05},
		"unlimited": {whatspie.RetryPolicy{Budget: whatspie.NoRetryBudget}, 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const callers, calls = 100, 10
				down := &outage{}
				client := wiretest.NewClient(t, wiretest.WithTransport(down), whatspie.WithRetry(test.policy))
				for _, err := range flood(t, client, callers, calls) {
					assert.True(t, wiretest.APIError(t, err).Retryable())
				}
				perCall := float64(down.requests) / (callers * calls)
				assert.GreaterOrEqual(t, perCall, test.least)
				assert.LessOrEqual(t, perCall, test.most)
			})
		})
	}
}

// budgetOf returns a client with a retry budget and no waits.
func budgetOf(t *testing.T, s *wiretest.Script, retries int) *whatspie.Client {
	t.Helper()
	return s.Client(t, whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 100, MinWait: 1, MaxWait: 1, Budget: retries}))
}

func attempts(t *testing.T, client *whatspie.Client) int {
	t.Helper()
	var response whatspie.Response
	_, err := client.Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
	assert.Equal(t, err != nil, response.StatusCode != http.StatusOK)
	return response.Attempts
}

func TestASpentRetryBudgetIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := budgetOf(t, wiretest.NewScript(wiretest.Reply{Status: 503}), 2)
		_, err := client.Devices.Get(t.Context(), 7)
		wiretest.AssertSentinels(t, err, whatspie.ErrServer, whatspie.ErrRetryBudget)
		require.EqualError(t, err, "whatspie: GET /devices/7: 503 Service Unavailable (3 attempts, retry budget spent)")
		assert.True(t, wiretest.APIError(t, err).Retryable())
		_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		_, err = client.Devices.Get(t.Context(), 7, whatspie.WithoutRetry())
		wiretest.AssertSentinels(t, err, whatspie.ErrServer)
	})
}

func TestAnImmenseRetryBudgetIsOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		assert.Equal(t, 100, attempts(t, budgetOf(t, wiretest.NewScript(wiretest.Reply{Status: 503}), math.MaxInt)), "all that the policy allows")
	})
}

func TestRetryBudgetComesBackWithTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := budgetOf(t, wiretest.NewScript(wiretest.Reply{Status: 503}), 3)
		assert.Equal(t, 4, attempts(t, client))
		assert.Equal(t, 1, attempts(t, client))
		time.Sleep(2 * time.Second)
		assert.Equal(t, 3, attempts(t, client))
		time.Sleep(time.Hour)
		assert.Equal(t, 4, attempts(t, client), "it does not overflow")
	})
}

func TestRetryBudgetComesBackWithAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer wiretest.Reply
		want   int
	}{
		"success": {wiretest.OK(wiretest.Fixture(t, "get_device_200.json")), 2},
		"refusal": {wiretest.Reply{Status: 404}, 2},
		"failure": {wiretest.Reply{Status: 503}, 1},
		"silence": {wiretest.Fail(errors.New("unreachable")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				bad := wiretest.Reply{Status: 503}
				replies := slices.Concat(slices.Repeat([]wiretest.Reply{bad}, 4), slices.Repeat([]wiretest.Reply{test.answer}, 10), []wiretest.Reply{bad})
				client := budgetOf(t, wiretest.NewScript(replies...), 3)
				assert.Equal(t, 4, attempts(t, client))
				for range 10 {
					assert.Equal(t, 1, attempts(t, client))
				}
				assert.Equal(t, test.want, attempts(t, client))
			})
		})
	}
}

// Clients that share only a Retry-After must not return at once.
func TestRetryAfterSpreadsAFleet(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"1", "30"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const callers = 2000
				slots := map[time.Duration]int{}
				start := time.Now()
				var mu sync.Mutex
				var all sync.WaitGroup
				for range callers {
					s := wiretest.NewScript(wiretest.RateLimited(value), wiretest.OK(`{"data":[]}`))
					client := s.Client(t)
					all.Go(func() {
						devices, err := client.Devices.List(t.Context())
						assert.Empty(t, devices, "%v", err)
						mu.Lock()
						defer mu.Unlock()
						slots[s.Requests()[1].At.Sub(start).Truncate(10*time.Millisecond)]++
					})
				}
				all.Wait()
				for slot, count := range slots {
					assert.LessOrEqual(t, count, callers*2/100, "%v", slot)
				}
			})
		})
	}
}

func TestRetryAfterSpreadsWide(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{"1": 3 * time.Second, "10": 12 * time.Second, "60": 66 * time.Second} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				longest := time.Duration(0)
				for range 500 {
					longest = max(longest, elapsedAfter(t, wiretest.RateLimited(value)))
				}
				assert.LessOrEqual(t, longest, want)
				assert.Greater(t, longest, want-200*time.Millisecond)
			})
		})
	}
}

// Jitter must not use up the context's remaining time.
func TestRetryAfterSpreadsWithinTheDeadline(t *testing.T) {
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
		assert.Less(t, longest, 1050*time.Millisecond, "half of what is left is the attempt's")
		assert.Greater(t, longest, 1040*time.Millisecond)
	})
}

// pacer lets one attempt go each second, as rate.Limiter does.
type pacer struct {
	mu   sync.Mutex
	next time.Time
}

func (p *pacer) Wait(ctx context.Context) error {
	p.mu.Lock()
	wait := max(0, time.Until(p.next))
	p.next = time.Now().Add(wait + time.Second)
	p.mu.Unlock()
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestLimiterWaitsCountAndEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
		client := s.Client(t, whatspie.WithLimiter(&pacer{next: time.Now().Add(3 * time.Second)}))
		var response whatspie.Response
		_, err := client.Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.Equal(t, 3*time.Second, response.Duration)

		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err = client.Devices.Get(ctx, 7, whatspie.WithResponse(&response))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 400*time.Millisecond, time.Since(start))
		assert.Equal(t, 400*time.Millisecond, response.Duration)
		assert.Zero(t, wiretest.APIError(t, err).Attempts)
		assert.Len(t, s.Requests(), 1)
	})
}

// A limiter that ignores its context cannot delay a request past its end.
func TestNothingIsSentAfterALimiterOverslept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
		client := s.Client(t, whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error {
			time.Sleep(time.Second)
			return nil
		})))
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		_, err := client.Devices.Create(ctx, wiretest.NewDevice)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
		assert.Zero(t, wiretest.APIError(t, err).Attempts)
		assert.Empty(t, s.Requests())
	})
}
