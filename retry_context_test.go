package whatspie_test

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
)

func TestCancellingAWaitReturnsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scriptOf(reply{status: 429, header: http.Header{"Retry-After": {"30"}}, body: `{"code":429,"message":"Slow down"}`})
		ctx, cancel := context.WithCancelCause(t.Context())
		hurry := errors.New("the user closed the window")
		time.AfterFunc(7*time.Second, func() { cancel(hurry) })
		start := time.Now()
		for _, call := range calls(s.client(t)) {
			err := call(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, hurry, "the cause can be asked for")
		}
		assert.Equal(t, 7*time.Second, time.Since(start))

		ctx, cancelPlain := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancelPlain)
		_, err := s.client(t).Devices.Get(ctx, 7)
		require.ErrorIs(t, err, context.Canceled)
		assertOnly(t, err, whatspie.ErrRateLimited)
		failed := apiError(t, err)
		assert.Equal(t, 30*time.Second, failed.RetryAfter)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled; last failure: 429 Slow down (1 attempt, retry after 30s)")
		cancelPlain()
	})
}

// A deadline during an attempt does not hide the previous failure.
func TestTheLastFailureOutlivesTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scriptOf(reply{status: 502, body: "<html>"}, reply{stall: true})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		_, err := s.client(t).Devices.Get(ctx, 7)
		assert.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assertOnly(t, err, whatspie.ErrServer)
		require.EqualError(t, err, "whatspie: GET /devices/7: context deadline exceeded; last failure: 502 Bad Gateway (2 attempts)")
	})
}

// Neither does a deadline before the next attempt is sent.
func TestTheLastFailureOutlivesWhatHoldsTheNextAttemptBack(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(wait func(context.Context) error) whatspie.Option{
		"limiter": func(wait func(context.Context) error) whatspie.Option { return whatspie.WithLimiter(limiterFunc(wait)) },
		"token source": func(wait func(context.Context) error) whatspie.Option {
			return whatspie.WithTokenSource(func(ctx context.Context) (string, error) { return token, wait(ctx) })
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
				_, err := scriptOf(reply{status: 502}).client(t, second).Devices.Get(ctx, 7)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assertOnly(t, err, whatspie.ErrServer)
				assert.Equal(t, 1, apiError(t, err).Attempts)

				ctx, cancelWrite := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancelWrite()
				_, err = scriptOf(reply{status: 429}).client(t, second).Devices.Create(ctx, newDevice)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assertOnly(t, err, whatspie.ErrRateLimited)
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
		return whatspie.WithLimiter(limiterFunc(func(context.Context) error {
			if waits++; waits > 1 {
				return refusal
			}
			return nil
		}))
	}
	s := scriptOf(reply{status: 503, body: "<html>", header: http.Header{"X-Request-Id": {"r1"}}})
	_, err := s.client(t, atOnce, second()).Devices.Get(t.Context(), 7)
	assertOnly(t, err, whatspie.ErrServer)
	require.ErrorIs(t, err, refusal)
	assert.True(t, apiError(t, err).Retryable())
	assert.Equal(t, "<html>", string(apiError(t, err).Body))
	require.EqualError(t, err, "whatspie: GET /devices/7: 503 Service Unavailable: limiter refused: would exceed the deadline (1 attempt, request r1)")
	assert.Len(t, s.requests(), 1)
	assert.Equal(t, 2, waits, "who refused is not asked again")

	_, err = scriptOf(fails(refusedDial())).client(t, atOnce, second()).Devices.Create(t.Context(), newDevice)
	assertOnly(t, err, whatspie.ErrNoResponse)
	require.ErrorIs(t, err, refusal)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.ErrorContains(t, err, "connection refused; no further attempt: limiter refused: would exceed the deadline (1 attempt)")

	s = scriptOf(reply{status: 429, body: "<html>"})
	_, err = s.client(t, atOnce, whatspie.WithTokenSource(sourceOf("s3cr3t", ""))).Devices.Create(t.Context(), newDevice)
	assertOnly(t, err, whatspie.ErrRateLimited)
	require.ErrorContains(t, err, "429 Too Many Requests: token source returned no usable token: the token is empty (1 attempt)")
	assert.Len(t, s.requests(), 1)
}

func TestTheContextsErrorIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		s := scriptOf(fails(errors.New("no route to host")), reply{stall: true})
		_, err := s.client(t).Devices.Get(ctx, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context deadline exceeded; last failure: no route to host (2 attempts)")

		ended, end := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { end(errors.New("shutting down")) })
		_, err = scriptOf(reply{stall: true}).client(t).Devices.Get(ended, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled: shutting down (1 attempt)")

		told, tell := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { tell(errors.New("shutting down")) })
		asNetHTTP := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		})
		_, err = newClient(t, through(asNetHTTP)).Devices.Get(told, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled: shutting down (1 attempt)")
	})
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	s := scriptOf(ok("{}"))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shutting down")
	cancel(why)
	for name, call := range calls(s.client(t)) {
		err := call(ctx)
		require.ErrorIs(t, err, context.Canceled, name)
		require.ErrorIs(t, err, why)
		assertOnly(t, err)
		assert.Zero(t, apiError(t, err).Attempts)
		require.ErrorContains(t, err, ": context canceled: shutting down")
	}
	assert.Empty(t, s.requests())
}

func TestADeadlineBeforeTheNextAttemptFailsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scriptOf(reply{status: 503})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		policy := whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 1 << 62, MaxWait: 1 << 62})
		_, err := s.client(t, policy).Devices.List(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assertOnly(t, err, whatspie.ErrServer)
		assert.Zero(t, time.Since(start), "no wait that cannot lead to an attempt")
		assert.Len(t, s.requests(), 1)
	})
}
