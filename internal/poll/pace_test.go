package poll_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/internal/poll"
)

func TestPace(t *testing.T) {
	t.Parallel()
	always := func(err error) func() fault { return func() fault { return fault{err: err} } }
	tests := map[string]struct {
		interval time.Duration
		next     func() fault
		minGaps  []time.Duration // between the first polls
		jitter   time.Duration   // maximum, of the last gap
	}{
		"success": {
			interval: interval,
			minGaps:  []time.Duration{interval, interval, interval},
		},
		"success with empty faults": {
			interval: interval,
			next:     always(nil),
			minGaps:  []time.Duration{interval, interval},
		},
		"outage": {
			interval: interval,
			next:     always(errDown),
			minGaps:  []time.Duration{interval, 2 * interval, 4 * interval, 20 * time.Second, 20 * time.Second},
			jitter:   10 * time.Second,
		},
		"outage with a long interval": {
			interval: time.Minute,
			next:     always(errDown),
			minGaps:  []time.Duration{time.Minute, time.Minute},
			jitter:   10 * time.Second,
		},
		"Retry-After": {
			interval: interval,
			next:     always(errBusy),
			minGaps:  []time.Duration{retryAfter, retryAfter, 4 * interval},
			jitter:   6 * time.Second,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 20 {
				synctest.Test(t, func(t *testing.T) {
					a := newAccount(device{id: 1})
					a.next = test.next
					_, untrack := track(t, poll.New(a.source(), test.interval))
					time.Sleep(5 * time.Minute)
					untrack()
					got := gaps(a)
					for i, minGap := range test.minGaps {
						assert.GreaterOrEqual(t, got[i], minGap)
					}
					last := len(test.minGaps) - 1
					assert.LessOrEqual(t, got[last], test.minGaps[last]+test.jitter)
				})
			}
		})
	}
}

// Clients with the same Retry-After or outage do not poll at the same time.
func TestPace_spreadsClients(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"Retry-After": errBusy, "outage": errDown} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const clients = 300
				slots := map[time.Duration]int{}
				start := time.Now()
				for range clients {
					a := newAccount()
					a.next = func() fault { return fault{err: err} }
					_, untrack := track(t, poll.New(a.source(), interval))
					defer func() {
						untrack()
						slots[a.listsFrom(0)[1].began.Sub(start).Truncate(10*time.Millisecond)]++
						assert.LessOrEqual(t, slices.Max(slices.Collect(maps.Values(slots))), clients/20)
					}()
				}
				time.Sleep(retryAfter + 2*interval)
			})
		})
	}
}

// A poll that succeeds resets the backoff.
func TestPace_resetsBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount()
		calls := 0
		a.next = func() fault {
			if calls++; calls%4 == 0 {
				return fault{}
			}
			return fault{err: errDown}
		}
		_, untrack := track(t, poll.New(a.source(), interval))
		defer untrack()
		time.Sleep(5 * time.Minute)
		for i, gap := range gaps(a)[:12] {
			minGap := []time.Duration{interval, 2 * interval, 4 * interval, interval}[i%4]
			assert.GreaterOrEqual(t, gap, minGap)
			assert.LessOrEqual(t, gap, minGap*3/2)
		}
	})
}

// A poll that the last subscriber requested in vain, in a backoff, is not owed to the next one.
func TestPace_dropsRequestOfEndedSubscriber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount()
		a.getErr = func(int64) error { return errDown }
		p := poll.New(a.source(), interval)
		for range 2 {
			_, unsubscribe := subscribe(t, p, 1, true)
			time.Sleep(time.Second)
			unsubscribe()
		}
		time.Sleep(time.Hour)
		assert.Equal(t, 1, a.getCount())
		_, unsubscribe := subscribe(t, p, 1, false)
		defer unsubscribe()
		time.Sleep(interval - 1)
		assert.Equal(t, 1, a.getCount())
	})
}

// A Retry-After applies across a restart of the polls, even if the poll succeeded.
func TestPace_keepsRetryAfterAcrossRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		a.getErr = func(int64) error { return errBusy }
		p := poll.New(a.source(), interval)
		_, untrack := track(t, p)
		_, unsubscribe := subscribe(t, p, 9, true)
		time.Sleep(2 * time.Second) // the second poll has requested the missing device
		untrack()
		unsubscribe()
		lists := len(a.listsFrom(0))
		_, untrack = track(t, p)
		defer untrack()
		time.Sleep(retryAfter - 2*time.Second)
		assert.Len(t, a.listsFrom(0), lists)
	})
}
