package retry_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// oncePerSecond permits one attempt per second, like rate.Limiter.
type oncePerSecond struct {
	mu   sync.Mutex
	next time.Time
}

func (l *oncePerSecond) Wait(ctx context.Context) error {
	l.mu.Lock()
	wait := max(0, time.Until(l.next))
	l.next = time.Now().Add(wait + time.Second)
	l.mu.Unlock()
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestLimiter_waitCountsAndEndsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
		client := s.Client(t, whatspie.WithLimiter(&oncePerSecond{next: time.Now().Add(3 * time.Second)}))
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

// A limiter may ignore its context and return after the deadline.
func TestLimiter_returnAfterDeadlineSendsNothing(t *testing.T) {
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

// rate.Limiter rejects an attempt that it could not permit before the context's deadline.
func TestLimiter_errorKeepsLastFailure(t *testing.T) {
	t.Parallel()
	rejection := errors.New("would exceed the deadline")
	waits := 0
	rejectSecond := func() whatspie.Option {
		waits = 0
		return whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error {
			if waits++; waits > 1 {
				return rejection
			}
			return nil
		}))
	}
	s := wiretest.NewScript(wiretest.Reply{Status: 503, Body: "<html>", Header: http.Header{"X-Request-Id": {"r1"}}})
	_, err := s.Client(t, wiretest.NoWaits, rejectSecond()).Devices.Get(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrServer)
	require.ErrorIs(t, err, rejection)
	assert.True(t, wiretest.APIError(t, err).Retryable())
	assert.Equal(t, "<html>", string(wiretest.APIError(t, err).Body))
	require.EqualError(t, err, "whatspie: GET /devices/7: 503 Service Unavailable: "+
		"limiter refused: would exceed the deadline (1 attempt, request r1)")
	assert.Len(t, s.Requests(), 1)
	assert.Equal(t, 2, waits, "the limiter is not called again")

	s = wiretest.NewScript(wiretest.Fail(wiretest.ConnectionRefused()))
	_, err = s.Client(t, wiretest.NoWaits, rejectSecond()).Devices.Create(t.Context(), wiretest.NewDevice)
	wiretest.AssertSentinels(t, err, whatspie.ErrNoResponse)
	require.ErrorIs(t, err, rejection)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.ErrorContains(t, err, "connection refused; no further attempt: "+
		"limiter refused: would exceed the deadline (1 attempt)")
}
