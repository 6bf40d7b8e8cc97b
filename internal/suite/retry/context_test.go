package retry_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestContext_cancellationEndsWait(t *testing.T) {
	t.Parallel()
	for name, call := range wiretest.Calls(wiretest.NewScript(wiretest.RateLimited("30")).Client(t)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				cause := errors.New("the user closed the window")
				time.AfterFunc(7*time.Second, func() { cancel(cause) })
				start := time.Now()
				err := call(ctx)
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, cause)
				assert.Equal(t, 7*time.Second, time.Since(start))
			})
		})
	}
}

func TestContext_cancellationDuringWaitKeepsLastFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.RateLimited("30"))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(time.Second, cancel)
		_, err := s.Client(t).Devices.Get(ctx, 7)
		require.ErrorIs(t, err, context.Canceled)
		wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
		assert.Equal(t, 30*time.Second, wiretest.APIError(t, err).RetryAfter)
		require.EqualError(t, err, "whatspie: GET /devices/7: context canceled; "+
			"last failure: 429 Too many requests (1 attempt, retry after 30s)")
	})
}

func TestContext_deadlineDuringAttemptKeepsLastFailure(t *testing.T) {
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
		require.EqualError(t, err, "whatspie: GET /devices/7: context deadline exceeded; "+
			"last failure: 502 Bad Gateway (2 attempts)")
	})
}

func TestContext_deadlineBeforeAttemptKeepsLastFailure(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(wait func(context.Context) error) whatspie.Option{
		"limiter": func(wait func(context.Context) error) whatspie.Option {
			return whatspie.WithLimiter(wiretest.LimiterFunc(wait))
		},
		"token source": func(wait func(context.Context) error) whatspie.Option {
			return whatspie.WithTokenSource(func(ctx context.Context) (string, error) {
				return wiretest.Token, wait(ctx)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				waits := 0
				blockSecond := option(func(ctx context.Context) error {
					if waits++; waits%2 == 1 {
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				})
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				client := wiretest.NewScript(wiretest.Reply{Status: 502}).Client(t, blockSecond)
				_, err := client.Devices.Get(ctx, 7)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err, whatspie.ErrServer)
				assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)

				ctx, cancelWrite := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancelWrite()
				client = wiretest.NewScript(wiretest.Reply{Status: 429}).Client(t, blockSecond)
				_, err = client.Devices.Create(ctx, wiretest.NewDevice)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
			})
		})
	}
}

func TestContext_errorIsReportedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		s := wiretest.NewScript(wiretest.Fail(errors.New("no route to host")), wiretest.Reply{Stall: true})
		_, err := s.Client(t).Devices.Get(ctx, 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: context deadline exceeded; "+
			"last failure: no response: no route to host (2 attempts)")

		returnsCause := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) { // like net/http
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		})
		returnsError := wiretest.NewScript(wiretest.Reply{Stall: true})
		for _, transport := range []http.RoundTripper{returnsError, returnsCause} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errors.New("shutting down")) })
			_, err = wiretest.NewClient(t, wiretest.WithTransport(transport)).Devices.Get(ctx, 7)
			require.EqualError(t, err, "whatspie: GET /devices/7: context canceled: shutting down (1 attempt)")
		}
	})
}

func TestContext_canceledSendsNothing(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK("{}"))
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("shutting down")
	cancel(cause)
	for name, call := range wiretest.Calls(s.Client(t)) {
		err := call(ctx)
		require.ErrorIs(t, err, context.Canceled, name)
		require.ErrorIs(t, err, cause)
		wiretest.AssertSentinels(t, err)
		assert.Zero(t, wiretest.APIError(t, err).Attempts)
		require.ErrorContains(t, err, ": context canceled: shutting down")
	}
	assert.Empty(t, s.Requests())
}

func TestContext_deadlineBeforeRetryFailsImmediately(t *testing.T) {
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
		assert.Zero(t, time.Since(start), "no wait without a following attempt")
		assert.Len(t, s.Requests(), 1)
	})
}
