package pairing_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/pairing"
)

// reply is the result of one request for the code.
type reply struct {
	code  int
	err   error
	delay time.Duration
}

// scripted is a session whose gateway returns the replies in order, then the last one again and again.
type scripted struct {
	*pairing.Session[int, string]

	start     time.Time
	requests  []time.Duration // times of the requests for the code
	events    []pairing.Event[int, string]
	eventTime []time.Duration
	// consume is called for each event.
	consume func(pairing.Event[int, string]) bool
}

func newScripted(limits pairing.Limits, device func(context.Context) (string, error), replies ...reply) *scripted {
	s := &scripted{start: time.Now(), consume: func(pairing.Event[int, string]) bool { return true }}
	var mu sync.Mutex
	nextReply := func() reply {
		mu.Lock()
		defer mu.Unlock()
		r := replies[min(len(s.requests), len(replies)-1)]
		s.requests = append(s.requests, time.Since(s.start))
		return r
	}
	gateway := newGateway(func(ctx context.Context) (int, error) {
		r := nextReply()
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(r.delay):
			return r.code, r.err
		}
	}, device)
	gateway.Classify = func(err error) (pairing.Failure, time.Duration) {
		switch {
		case errors.Is(err, errBusy):
			return pairing.Outage, 10 * time.Second
		case errors.Is(err, errOverloaded):
			return pairing.Outage, 30 * time.Second
		case errors.Is(err, errStarting):
			return pairing.NotYet, 10 * time.Second
		default:
			return classify(err)
		}
	}
	s.Session = pairing.New(gateway, limits)
	return s
}

// Failures with a Retry-After: of 10 s, of 30 s, and of 10 s because there is no code yet.
var (
	errBusy       = errors.New("busy")
	errOverloaded = errors.New("overloaded")
	errStarting   = errors.New("starting")
)

func unpaired(context.Context) (string, error) { return "UNPAIRED", nil }

func (s *scripted) run(ctx context.Context, limit time.Duration) pairing.End[string] {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.Run(ctx, func(e pairing.Event[int, string]) bool {
		s.events, s.eventTime = append(s.events, e), append(s.eventTime, time.Since(s.start))
		return s.consume(e)
	})
}

// kinds returns the kinds of the events.
func (s *scripted) kinds() []pairing.Kind {
	kinds := make([]pairing.Kind, len(s.events))
	for i, e := range s.events {
		kinds[i] = e.Kind
	}
	return kinds
}

func seconds(values ...float64) []time.Duration {
	durations := make([]time.Duration, len(values))
	for i, s := range values {
		durations[i] = time.Duration(s * float64(time.Second))
	}
	return durations
}

func TestSession_codes(t *testing.T) {
	t.Parallel()
	t.Run("requests code around its expected end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{code: 1}, reply{code: 2})
			s.run(t.Context(), 42*time.Second)
			assert.Equal(t, seconds(0, 5, 10, 25, 26.25, 27.5, 30, 35, 40), s.requests)
			require.Equal(t, []pairing.Kind{pairing.Show, pairing.Show}, s.kinds())
			assert.Equal(t, s.start.Add(5*time.Second), s.events[0].CheckAt)
			assert.Equal(t, s.start.Add(25*time.Second), s.events[1].CheckAt, "20 s after the last request that returned the first code")
		})
	})
	t.Run("first code after none is fresh", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{err: errNotYet}, reply{code: 1})
			s.run(t.Context(), 22*time.Second)
			assert.Equal(t, seconds(0, 5, 20, 21.25), s.requests)
		})
	})
	t.Run("last code stays until it is replaced", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			limits := defaults()
			limits.MaxCodes = 2
			s := newScripted(limits, unpaired, reply{code: 1}, reply{code: 2}, reply{code: 2}, reply{code: 2}, reply{code: 3})
			end := s.run(t.Context(), time.Hour)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			assert.Equal(t, []pairing.Kind{pairing.Show, pairing.Show, pairing.Withdraw}, s.kinds())
			assert.Equal(t, seconds(0, 5, 20, 21.25, 22.5), s.requests)
		})
	})
	t.Run("withdraws code one recheck after the first failure", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{err: errLost})
			s.run(t.Context(), 11*time.Second)
			last := map[pairing.Kind]time.Duration{}
			for i, e := range s.events {
				last[e.Kind] = s.eventTime[i]
			}
			assert.Equal(t, 10*time.Second, last[pairing.Withdraw])
		})
	})
	t.Run("ignores EXPIRED once it was wrong", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{code: 1}, reply{code: 2})
			for i, device := range []string{"EXPIRED", "EXPIRED", "EXPIRED", "UNPAIRED", "EXPIRED"} {
				time.AfterFunc(time.Duration(i+1)*3*time.Second, func() { s.Seen(device, time.Now()) })
			}
			s.run(t.Context(), 24*time.Second)
			assert.Equal(t, seconds(0, 3, 8, 23), s.requests, "the second code is fresh for 20 s after the request at 3 s")
		})
	})
	t.Run("believes EXPIRED if only an older request returns the code", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			const delay = 4 * time.Second
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{code: 1, delay: delay}, reply{code: 2, delay: delay})
			for _, at := range seconds(7, 14) {
				time.AfterFunc(at, func() { s.Seen("EXPIRED", time.Now()) })
			}
			s.run(t.Context(), 15*time.Second)
			assert.Equal(t, seconds(0, 5, 7, 14), s.requests)
		})
	})
	t.Run("ignores a response that arrives after a later one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1, delay: 8 * time.Second}, reply{code: 2})
			s.run(t.Context(), 20*time.Second)
			require.Equal(t, []pairing.Kind{pairing.Show}, s.kinds())
			assert.Equal(t, 2, s.events[0].Code)
		})
	})
	t.Run("requests code again if the consumer blocked", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1, delay: time.Second}, reply{code: 2})
			s.consume = func(e pairing.Event[int, string]) bool {
				if e.Kind == pairing.Failed {
					time.Sleep(time.Minute)
				}
				return true
			}
			time.AfterFunc(time.Second/2, func() { s.Polled(errLost) })
			s.run(t.Context(), 2*time.Minute)
			require.Equal(t, []pairing.Kind{pairing.Failed, pairing.Show}, s.kinds())
			assert.Equal(t, 2, s.events[1].Code)
		})
	})
}

func TestSession_withoutCode(t *testing.T) {
	t.Parallel()
	t.Run("backs off in an outage", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{err: errLost})
			end := s.run(t.Context(), 10*time.Minute)
			assert.Equal(t, pairing.Interrupted, end.Reason)
			require.ErrorIs(t, end.Err, errLost)
			assert.InDelta(t, 23, len(s.requests), 4, "7 in the first minute, then 2 a minute")
			assert.Len(t, s.events, len(s.requests))
		})
	})
	t.Run("waits for Retry-After", func(t *testing.T) {
		t.Parallel()
		for name, err := range map[string]error{"outage": errBusy, "no code yet": errStarting} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newScripted(defaults(), unpaired, reply{err: err}, reply{code: 1})
					s.run(t.Context(), 14*time.Second)
					require.GreaterOrEqual(t, len(s.requests), 2)
					assert.Greater(t, s.requests[1], 10*time.Second)
					assert.LessOrEqual(t, s.requests[1], 12*time.Second)
				})
			})
		}
	})
	t.Run("keeps the longest Retry-After", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			late := reply{err: errBusy, delay: 6 * time.Second}
			s := newScripted(defaults(), unpaired, late, reply{err: errOverloaded}, reply{code: 1})
			s.run(t.Context(), 40*time.Second)
			require.Len(t, s.requests, 3)
			assert.Equal(t, seconds(0, 5), s.requests[:2])
			assert.Greater(t, s.requests[2], 35*time.Second)
		})
	})
	t.Run("ends after Patience without outages", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			limits := defaults()
			limits.Patience = 10 * time.Second
			s := newScripted(limits, unpaired, reply{err: errNotYet}, reply{err: errNotYet}, reply{err: errLost}, reply{err: errNotYet})
			end := s.run(t.Context(), time.Hour)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			require.ErrorIs(t, end.Err, errNotYet)
			assert.Len(t, s.requests, 5, "5 s between the first two requests, 5 s between the last two")
			assert.Zero(t, end.Codes)
		})
	})
}

func TestSession_status(t *testing.T) {
	t.Parallel()
	t.Run("reports changes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1})
			for i, device := range []string{"UNPAIRED", "UNPAIRED", "EXPIRED", "ODD"} {
				time.AfterFunc(time.Duration(i+1)*time.Second, func() { s.Seen(device, time.Now()) })
			}
			s.run(t.Context(), 6*time.Second)
			require.Equal(t, []pairing.Kind{pairing.Show, pairing.Changed, pairing.Changed}, s.kinds())
			assert.Equal(t, "EXPIRED", s.events[1].Device)
			assert.Equal(t, "ODD", s.events[2].Device)
			assert.Equal(t, seconds(0, 3), s.requests[:2], "EXPIRED causes a request at once")
		})
	})
	t.Run("omits a failure that has passed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1})
			s.consume = func(pairing.Event[int, string]) bool { time.Sleep(10 * time.Second); return true }
			time.AfterFunc(3*time.Second, func() { s.Polled(errLost) })
			time.AfterFunc(6*time.Second, func() { s.Polled(nil) })
			s.run(t.Context(), 20*time.Second)
			assert.Equal(t, []pairing.Kind{pairing.Show}, s.kinds())
		})
	})
	t.Run("ignores EXPIRED from a poll that began before the last request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1})
			began := time.Now()
			time.AfterFunc(time.Second, func() { s.Seen("EXPIRED", began) })
			s.run(t.Context(), 4*time.Second)
			assert.Equal(t, seconds(0), s.requests)
		})
	})
}
