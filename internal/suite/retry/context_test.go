package retry_test

import (
	"context"
	"errors"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestCancellingAWaitReturnsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 429, Header: http.Header{"Retry-After": {"30"}}, Body: `{"code":429,"message":"Slow down"}`})
		ctx, cancel := context.WithCancelCause(t.Context())
		hurry := errors.New("the user closed the window")
		time.AfterFunc(7*time.Second, func() { cancel(hurry) })
		start := time.Now()
		for _, call := range wiretest.Calls(s.Client(t)) {
			err := call(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, hurry, "the cause can be asked for")
		}
		assert.Equal(t, 7*time.Second, time.Since(start))

		ctx, cancelPlain := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancelPlain)
		_, err := s.Client(t).Devices.Get(ctx, 7)
		require.ErrorIs(t, err, context.Canceled)
		wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
		failed := wiretest.APIError(t, err)
		assert.Equal(t, 30*time.Second, failed.RetryAfter)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled; last failure: 429 Slow down (1 attempt, retry after 30s)")
		cancelPlain()
	})
}

// A deadline during an attempt does not hide the previous failure.
func TestTheLastFailureOutlivesTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 502, Body: "<html>"}, wiretest.Reply{Stall: true})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		_, err := s.Client(t).Devices.Get(ctx, 7)
		assert.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wiretest.AssertSentinels(t, err, whatspie.ErrServer)
		require.EqualError(t, err, "whatspie: GET /devices/7: context deadline exceeded; last failure: 502 Bad Gateway (2 attempts)")
	})
}

// Neither does a deadline before the next attempt is sent.
func TestTheLastFailureOutlivesWhatHoldsTheNextAttemptBack(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(wait func(context.Context) error) whatspie.Option{
		"limiter": func(wait func(context.Context) error) whatspie.Option {
			return whatspie.WithLimiter(wiretest.LimiterFunc(wait))
		},
		"token source": func(wait func(context.Context) error) whatspie.Option {
			return whatspie.WithTokenSource(func(ctx context.Context) (string, error) { return wiretest.Token, wait(ctx) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				waits := 0
				second := option(func(ctx context.Context) error {
					if waits++; waits%2 == 1 {
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				})
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				_, err := wiretest.NewScript(wiretest.Reply{Status: 502}).Client(t, second).Devices.Get(ctx, 7)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err, whatspie.ErrServer)
				assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)

				ctx, cancelWrite := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancelWrite()
				_, err = wiretest.NewScript(wiretest.Reply{Status: 429}).Client(t, second).Devices.Create(ctx, wiretest.NewDevice)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
			})
		})
	}
}

// Neither does a limiter that rejects the next attempt because of the deadline, as rate.Limiter does.
func TestTheLastFailureOutlivesARefusalToTryAgain(t *testing.T) {
	t.Parallel()
	refusal := errors.New("would exceed the deadline")
	waits := 0
	second := func() whatspie.Option {
		waits = 0
		return whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error {
			if waits++; waits > 1 {
				return refusal
			}
			return nil
		}))
	}
	s := wiretest.NewScript(wiretest.Reply{Status: 503, Body: "<html>", Header: http.Header{"X-Request-Id": {"r1"}}})
	_, err := s.Client(t, wiretest.NoWaits, second()).Devices.Get(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrServer)
	require.ErrorIs(t, err, refusal)
	assert.True(t, wiretest.APIError(t, err).Retryable())
	assert.Equal(t, "<html>", string(wiretest.APIError(t, err).Body))
	require.EqualError(t, err, "whatspie: GET /devices/7: 503 Service Unavailable: limiter refused: would exceed the deadline (1 attempt, request r1)")
	assert.Len(t, s.Requests(), 1)
	assert.Equal(t, 2, waits, "who refused is not asked again")

	_, err = wiretest.NewScript(wiretest.Fail(wiretest.ErrRefused())).Client(t, wiretest.NoWaits, second()).Devices.Create(t.Context(), wiretest.NewDevice)
	wiretest.AssertSentinels(t, err, whatspie.ErrNoResponse)
	require.ErrorIs(t, err, refusal)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.ErrorContains(t, err, "connection refused; no further attempt: limiter refused: would exceed the deadline (1 attempt)")

	s = wiretest.NewScript(wiretest.Reply{Status: 429, Body: "<html>"})
	_, err = s.Client(t, wiretest.NoWaits, whatspie.WithTokenSource(wiretest.TokensInOrder("s3cr3t", ""))).Devices.Create(t.Context(), wiretest.NewDevice)
	wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
	require.ErrorContains(t, err, "429 Too Many Requests: token source returned no usable token: the token is empty (1 attempt)")
	assert.Len(t, s.Requests(), 1)
}

func TestTheContextsErrorIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		s := wiretest.NewScript(wiretest.Fail(errors.New("no route to host")), wiretest.Reply{Stall: true})
		_, err := s.Client(t).Devices.Get(ctx, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context deadline exceeded; last failure: no route to host (2 attempts)")

		ended, end := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { end(errors.New("shutting down")) })
		_, err = wiretest.NewScript(wiretest.Reply{Stall: true}).Client(t).Devices.Get(ended, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled: shutting down (1 attempt)")

		told, tell := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { tell(errors.New("shutting down")) })
		asNetHTTP := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		})
		_, err = wiretest.NewClient(t, wiretest.WithTransport(asNetHTTP)).Devices.Get(told, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled: shutting down (1 attempt)")
	})
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK("{}"))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shutting down")
	cancel(why)
	for name, call := range wiretest.Calls(s.Client(t)) {
		err := call(ctx)
		require.ErrorIs(t, err, context.Canceled, name)
		require.ErrorIs(t, err, why)
		wiretest.AssertSentinels(t, err)
		assert.Zero(t, wiretest.APIError(t, err).Attempts)
		require.ErrorContains(t, err, ": context canceled: shutting down")
	}
	assert.Empty(t, s.Requests())
}

func TestADeadlineBeforeTheNextAttemptFailsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 503})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		policy := whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 1 << 62, MaxWait: 1 << 62})
		_, err := s.Client(t, policy).Devices.List(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wiretest.AssertSentinels(t, err, whatspie.ErrServer)
		assert.Zero(t, time.Since(start), "no wait that cannot lead to an attempt")
		assert.Len(t, s.Requests(), 1)
	})
}
