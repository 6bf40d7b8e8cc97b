package poll_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// Devices missing from the list are requested in turn, at most ten per poll.
func TestLookup_takesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const subscribers = 35
		a := newAccount()
		a.next = func() fault { return fault{empty: true} }
		p := poll.New(a.source(), interval)
		var received [subscribers]*results
		for i := range subscribers {
			a.set(device{id: int64(i + 1)})
			var unsubscribe func()
			received[i], unsubscribe = subscribe(t, p, int64(i+1), false)
			defer unsubscribe()
		}
		time.Sleep(4*interval + 1)
		assert.Equal(t, 40, a.getCount())
		for i := range subscribers {
			assert.GreaterOrEqual(t, received[i].devices.Load(), int64(1), "device %d", i+1)
		}
		time.Sleep(3 * interval)
		assert.Equal(t, 70, a.getCount())
		for i := range subscribers {
			assert.GreaterOrEqual(t, received[i].devices.Load(), int64(2), "device %d", i+1)
		}
	})
}

// A failed request for one device affects only its subscribers, but its Retry-After affects all polls.
func TestLookup_failureAffectsOneDevice(t *testing.T) {
	t.Parallel()
	for want, gap := range map[error]time.Duration{errDown: interval, errGone: interval, errBusy: retryAfter} {
		synctest.Test(t, func(t *testing.T) {
			a := newAccount(device{id: 1})
			a.getErr = func(int64) error { return want }
			p := poll.New(a.source(), interval)
			tracker, untrack := track(t, p)
			defer untrack()
			received, unsubscribe := subscribe(t, p, 9, true)
			defer unsubscribe()
			time.Sleep(time.Minute)
			require.ErrorIs(t, received.lastError(t), want)
			assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, takeKinds(tracker))
			require.NoError(t, tracker.LastError())
			for _, got := range gaps(a)[1:] {
				assert.GreaterOrEqual(t, got, gap)
				assert.LessOrEqual(t, got, gap+interval)
			}
		})
	}
}

// A subscriber by phone number follows the device that the first response contains, even if the number moves.
func TestLookup_replacesPhoneNumber(t *testing.T) {
	t.Parallel()
	const number = 62811
	for name, test := range map[string]struct {
		first     int64 // ID in the first response for the number
		withTrack bool  // polls read the list
		requested []int64
		received  []int64
	}{
		"alone":               {first: 5, requested: []int64{number, 5, 5}, received: []int64{5, 5, 5}},
		"with list":           {first: 5, withTrack: true, requested: []int64{number}, received: []int64{5, 5}},
		"response without ID": {first: 0, requested: []int64{number, number, 6}, received: []int64{0, 6, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var requested, received []int64
				source := newAccount(device{id: 5}, device{id: 6}).source()
				source.Get = func(_ context.Context, id int64) (*device, error) {
					mu.Lock()
					defer mu.Unlock()
					requested = append(requested, id)
					switch {
					case id != number:
						return &device{id: id}, nil
					case slices.Equal(requested, []int64{number}):
						return &device{id: test.first}, nil
					default:
						return &device{id: 6}, nil
					}
				}
				p := poll.New(source, interval)
				if test.withTrack {
					_, untrack := track(t, p)
					defer untrack()
					synctest.Wait() // for the first poll
				}
				unsubscribe := p.Subscribe(t.Context(), number, &poll.Subscriber[device]{
					AtOnce: true,
					Seen: func(d *device, _ time.Time) {
						mu.Lock()
						defer mu.Unlock()
						received = append(received, d.id)
					},
					Polled: func(err error) { assert.NoError(t, err) },
				})
				time.Sleep(2*interval + 1)
				unsubscribe()
				assert.Equal(t, test.requested, requested)
				assert.Equal(t, test.received, received)
			})
		})
	}
}
