package retry_test

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// callConcurrently makes the given number of calls from each of several goroutines, and returns the errors.
func callConcurrently(t *testing.T, client *whatspie.Client, goroutines, calls int) []error {
	t.Helper()
	errs := make([]error, goroutines*calls)
	var running sync.WaitGroup
	for i := range goroutines {
		running.Go(func() {
			for j := range calls {
				_, errs[i*calls+j] = client.Devices.Get(t.Context(), 7)
			}
		})
	}
	running.Wait()
	return errs
}

func TestRetryBudget_limitsRequestsDuringOutage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy   whatspie.RetryPolicy
		min, max float64 // requests per call
	}{
		"default":   {whatspie.RetryPolicy{}, 1.1, 1.15}, // 100 at once, then one per second
		"small":     {whatspie.RetryPolicy{Budget: 1}, 1, 1.05},
		"unlimited": {whatspie.RetryPolicy{Budget: whatspie.NoRetryBudget}, 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const goroutines, calls = 100, 10
				var requests atomic.Int64
				failing := wiretest.RoundTripFunc(func(*http.Request) (*http.Response, error) {
					requests.Add(1)
					return nil, wiretest.ConnectionReset()
				})
				client := wiretest.NewClient(t, wiretest.WithTransport(failing), whatspie.WithRetry(test.policy))
				for _, err := range callConcurrently(t, client, goroutines, calls) {
					assert.True(t, wiretest.APIError(t, err).Retryable())
				}
				perCall := float64(requests.Load()) / (goroutines * calls)
				assert.GreaterOrEqual(t, perCall, test.min)
				assert.LessOrEqual(t, perCall, test.max)
			})
		})
	}
}

// newBudgetClient returns a client with a retry budget, up to 100 attempts per call and no waits.
func newBudgetClient(t *testing.T, s *wiretest.Script, budget int) *whatspie.Client {
	t.Helper()
	policy := whatspie.RetryPolicy{MaxAttempts: 100, MinWait: 1, MaxWait: 1, Budget: budget}
	return s.Client(t, whatspie.WithRetry(policy))
}

// countAttempts makes a call and returns the number of its attempts.
func countAttempts(t *testing.T, client *whatspie.Client) int {
	t.Helper()
	var response whatspie.Response
	_, err := client.Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
	assert.Equal(t, err != nil, response.StatusCode != http.StatusOK)
	return response.Attempts
}

func TestRetryBudget_spentIsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newBudgetClient(t, wiretest.NewScript(wiretest.Reply{Status: 503}), 2)
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

func TestRetryBudget_acceptsMaxInt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newBudgetClient(t, wiretest.NewScript(wiretest.Reply{Status: 503}), math.MaxInt)
		assert.Equal(t, 100, countAttempts(t, client), "as many as the policy allows")
	})
}

func TestRetryBudget_refillsOverTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newBudgetClient(t, wiretest.NewScript(wiretest.Reply{Status: 503}), 3)
		assert.Equal(t, 4, countAttempts(t, client))
		assert.Equal(t, 1, countAttempts(t, client))
		time.Sleep(2 * time.Second)
		assert.Equal(t, 3, countAttempts(t, client))
		time.Sleep(time.Hour)
		assert.Equal(t, 4, countAttempts(t, client), "no more than the budget")
	})
}

func TestRetryBudget_refillsWithResponses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply wiretest.Reply
		want  int
	}{
		"200":         {wiretest.OK(wiretest.Fixture(t, "get_device_200.json")), 2},
		"404":         {wiretest.Reply{Status: 404}, 2},
		"503":         {wiretest.Reply{Status: 503}, 1},
		"no response": {wiretest.Fail(errors.New("unreachable")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				failed := []wiretest.Reply{{Status: 503}}
				replies := slices.Concat(slices.Repeat(failed, 4), slices.Repeat([]wiretest.Reply{test.reply}, 10), failed)
				client := newBudgetClient(t, wiretest.NewScript(replies...), 3)
				assert.Equal(t, 4, countAttempts(t, client))
				for range 10 {
					assert.Equal(t, 1, countAttempts(t, client))
				}
				assert.Equal(t, test.want, countAttempts(t, client))
			})
		})
	}
}
