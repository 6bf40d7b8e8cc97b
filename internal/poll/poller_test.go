package poll_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// track starts a tracker of all devices.
func track(t *testing.T, p *poll.Poller[device]) (tracker *poll.Tracker[device], untrack func()) {
	t.Helper()
	tracker = poll.NewTracker(poll.TrackerConfig[device]{
		Includes: func(*device) bool { return true },
		IsChange: isChange,
		Ends:     func(err error) bool { return errors.Is(err, errFatal) },
	})
	return tracker, p.Track(t.Context(), tracker)
}

// results are what a subscriber received.
type results struct {
	devices   atomic.Int64 // number of calls of Seen
	successes atomic.Int64 // number of polls without an error
	failure   atomic.Value // the error of the last failed poll
}

func (r *results) lastError(t *testing.T) error {
	t.Helper()
	err, ok := r.failure.Load().(error)
	require.True(t, ok, "no poll failed")
	return err
}

// subscribe starts a subscriber to one device.
func subscribe(t *testing.T, p *poll.Poller[device], id int64, atOnce bool) (received *results, unsubscribe func()) {
	t.Helper()
	received = &results{}
	return received, p.Subscribe(t.Context(), id, &poll.Subscriber[device]{
		AtOnce: atOnce,
		Seen:   func(*device, time.Time) { received.devices.Add(1) },
		Polled: func(err error) {
			if err != nil {
				received.failure.Store(err)
			} else {
				received.successes.Add(1)
			}
		},
	})
}

// takeKinds takes all events and returns their kinds.
func takeKinds(tracker *poll.Tracker[device]) []poll.Kind {
	var kinds []poll.Kind
	for event, ok := tracker.Next(); ok; event, ok = tracker.Next() {
		if kinds = append(kinds, event.Kind); event.Kind == poll.Ended {
			return kinds
		}
	}
	return kinds
}

// gaps returns the times between the list requests.
func gaps(a *account) []time.Duration {
	lists := a.listsFrom(0)
	var all []time.Duration
	for i := 1; i < len(lists); i++ {
		all = append(all, lists[i].began.Sub(lists[i-1].began))
	}
	return all
}

// New trackers bring a poll forward, but at most once per second.
func TestTrack_limitsPollRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		p := poll.New(a.source(), interval)
		for range 100 {
			tracker, untrack := track(t, p)
			defer untrack()
			time.Sleep(100 * time.Millisecond)
			defer func() { assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, takeKinds(tracker)) }()
		}
		time.Sleep(interval)
		for _, gap := range gaps(a)[:9] {
			assert.Equal(t, time.Second, gap)
		}
	})
}

// A tracker that starts during a poll is served by the next one, which comes early.
func TestTrack_duringPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		a.next = func() fault { return fault{delay: 2 * time.Second} }
		p := poll.New(a.source(), interval)
		first, untrackFirst := track(t, p)
		defer untrackFirst()
		time.Sleep(time.Second)
		second, untrackSecond := track(t, p)
		defer untrackSecond()
		time.Sleep(2500 * time.Millisecond)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, takeKinds(first))
		assert.Empty(t, takeKinds(second))
		time.Sleep(2 * time.Second)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, takeKinds(second))
		assert.Equal(t, []time.Duration{3 * time.Second}, gaps(a), "a poll of 2 s and the minimum gap of 1 s")
	})
}

// The first subscriber is polled at once, or after an interval if it is not AtOnce.
func TestSubscribe_firstPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		p := poll.New(a.source(), interval)
		for range 5 {
			received, unsubscribe := subscribe(t, p, 1, true)
			synctest.Wait()
			assert.Equal(t, int64(1), received.devices.Load())
			unsubscribe()
		}
		received, unsubscribe := subscribe(t, p, 1, false)
		defer unsubscribe()
		time.Sleep(interval - 1)
		assert.Zero(t, received.devices.Load())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.Equal(t, int64(1), received.devices.Load())
		assert.Empty(t, a.listsFrom(0), "one device needs no list")
	})
}

// Subscribers to one device share one request; subscribers to several devices share a list.
func TestSubscribe_sharesRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1}, device{id: 2})
		p := poll.New(a.source(), interval)
		first, unsubscribeFirst := subscribe(t, p, 1, true)
		defer unsubscribeFirst()
		synctest.Wait()
		second, unsubscribeSecond := subscribe(t, p, 1, false)
		defer unsubscribeSecond()
		time.Sleep(2*interval + 1)
		assert.Equal(t, int64(3), first.devices.Load())
		assert.Equal(t, int64(2), second.devices.Load())
		assert.Equal(t, 3, a.getCount())
		other, unsubscribeOther := subscribe(t, p, 2, false)
		defer unsubscribeOther()
		time.Sleep(interval)
		assert.Equal(t, int64(1), other.devices.Load())
		assert.Equal(t, int64(1), other.successes.Load())
		assert.Equal(t, 3, a.getCount())
		assert.Len(t, a.listsFrom(0), 1)
	})
}

// A device that is gone causes no backoff; a failure does.
func TestSubscribe_backsOffUnlessGone(t *testing.T) {
	t.Parallel()
	for want, gets := range map[error]int{errGone: 9, errDown: 4, errBusy: 3} {
		synctest.Test(t, func(t *testing.T) {
			a := newAccount(device{id: 1})
			a.getErr = func(int64) error { return want }
			received, unsubscribe := subscribe(t, poll.New(a.source(), interval), 1, true)
			time.Sleep(8*interval + 1)
			unsubscribe()
			require.ErrorIs(t, received.lastError(t), want)
			assert.Zero(t, received.devices.Load()+received.successes.Load())
			assert.LessOrEqual(t, a.getCount(), gets)
			assert.GreaterOrEqual(t, a.getCount(), gets-1)
		})
	}
}

func TestPoller_stopsAfterLastUnsubscribe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		p := poll.New(a.source(), interval)
		_, untrack := track(t, p)
		_, unsubscribe := subscribe(t, p, 1, false)
		time.Sleep(10 * time.Second)
		untrack()
		time.Sleep(10 * time.Second)
		unsubscribe()
		lists, gets := len(a.listsFrom(0)), a.getCount()
		assert.Equal(t, 4, lists)
		assert.Equal(t, 3, gets, "without the tracker, only the subscriber's device is requested")
		time.Sleep(time.Hour)
		assert.Len(t, a.listsFrom(0), lists)
		assert.Equal(t, gets, a.getCount())
	})
}

// The last untrack cancels the poll, and the next tracker does not receive its result.
func TestPoller_cancelsPollAfterLastUntrack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		delay := time.Hour
		a.next = func() fault { return fault{delay: delay} }
		p := poll.New(a.source(), interval)
		_, untrackFirst := track(t, p)
		time.Sleep(time.Second)
		start := time.Now()
		untrackFirst()
		assert.Zero(t, time.Since(start))
		a.mu.Lock()
		delay = 0
		a.mu.Unlock()
		second, untrackSecond := track(t, p)
		defer untrackSecond()
		time.Sleep(interval)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, takeKinds(second))
	})
}

type key struct{}

// Polls use the values of the context but ignore its end.
func TestPoller_usesContextValues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		values := make(chan any, 10)
		source := newAccount().source()
		source.List = func(ctx context.Context) iter.Seq2[*device, error] {
			values <- ctx.Value(key{})
			return func(yield func(*device, error) bool) { yield(nil, cmp.Or(ctx.Err(), errDown)) }
		}
		p := poll.New(source, interval)
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		cancel()
		config := poll.TrackerConfig[device]{Ends: func(error) bool { return false }, IsChange: isChange}
		untrack := p.Track(ctx, poll.NewTracker(config))
		defer untrack()
		assert.Equal(t, "value", <-values)
		assert.Equal(t, "value", <-values, "polls continue after the context has ended")
	})
}
