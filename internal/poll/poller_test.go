package poll_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// watching joins a Tracker of all devices, until the returned function is called.
func watching(t *testing.T, p *poll.Poller[device]) (*poll.Tracker[device], func()) {
	t.Helper()
	tracker := poll.NewTracker(poll.Rules[device]{
		Includes: func(*device) bool { return true },
		IsChange: isChange,
		Ends:     func(err error) bool { return errors.Is(err, errFatal) },
	})
	return tracker, p.JoinAll(t.Context(), tracker)
}

// following joins a Loop for one device, and counts its calls.
func following(t *testing.T, p *poll.Poller[device], id int64, atOnce bool) (seen, ok *atomic.Int64, failed *atomic.Value, leave func()) {
	t.Helper()
	seen, ok, failed = new(atomic.Int64), new(atomic.Int64), new(atomic.Value)
	leave = p.Join(t.Context(), &poll.Loop[device]{
		ID:     id,
		AtOnce: atOnce,
		Seen:   func(*device, time.Time) { seen.Add(1) },
		Polled: func(err error) {
			if err != nil {
				failed.Store(err)
			} else {
				ok.Add(1)
			}
		},
	})
	return seen, ok, failed, leave
}

// kinds empties the queue.
func kinds(tracker *poll.Tracker[device]) []poll.Kind {
	var all []poll.Kind
	for event, ok := tracker.Next(); ok; event, ok = tracker.Next() {
		if all = append(all, event.Kind); event.Kind == poll.Ended {
			return all
		}
	}
	return all
}

func gaps(a *account) []time.Duration {
	lists := a.served(0)
	var all []time.Duration
	for i := 1; i < len(lists); i++ {
		all = append(all, lists[i].at.Sub(lists[i-1].at))
	}
	return all
}

func TestPace(t *testing.T) {
	t.Parallel()
	failing := func(err error) func() fault { return func() fault { return fault{err: err} } }
	tests := map[string]struct {
		interval time.Duration
		next     func() fault
		least    []time.Duration // gaps between the first polls
		spread   time.Duration   // maximum jitter of the last gap
	}{
		"healthy":                     {interval, nil, []time.Duration{interval, interval, interval}, 0},
		"failing":                     {interval, failing(errDown), []time.Duration{interval, 2 * interval, 4 * interval, 20 * time.Second, 20 * time.Second}, 10 * time.Second},
		"failing, long interval":      {time.Minute, failing(errDown), []time.Duration{time.Minute, time.Minute}, 10 * time.Second},
		"asked to wait":               {interval, failing(errPlease), []time.Duration{restFor, restFor, 4 * interval}, 6 * time.Second},
		"asked to wait, and answered": {interval, failing(nil), []time.Duration{interval, interval}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 20 {
				synctest.Test(t, func(t *testing.T) {
					a := newAccount(device{id: 1})
					a.next = test.next
					_, leave := watching(t, poll.New(a.source(), test.interval))
					time.Sleep(5 * time.Minute)
					leave()
					got := gaps(a)
					for i, least := range test.least {
						assert.GreaterOrEqual(t, got[i], least)
					}
					last := len(test.least) - 1
					assert.LessOrEqual(t, got[last], test.least[last]+test.spread)
				})
			}
		})
	}
}

// Clients that received the same Retry-After return at different times.
func TestPaceSpreadsAFleet(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"Retry-After": errPlease, "outage": errDown} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const clients = 300
				slots := map[time.Duration]int{}
				start := time.Now()
				for range clients {
					a := newAccount()
					a.next = func() fault { return fault{err: err} }
					_, leave := watching(t, poll.New(a.source(), interval))
					defer func() {
						leave()
						slots[a.served(0)[1].at.Sub(start).Truncate(10*time.Millisecond)]++
						assert.LessOrEqual(t, slices.Max(slices.Collect(maps.Values(slots))), clients/20)
					}()
				}
				time.Sleep(restFor + 2*interval)
			})
		})
	}
}

// Joining loops bring a poll forward, but at most once per second.
func TestJoinAllInARow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		p := poll.New(a.source(), interval)
		for range 100 {
			tracker, leave := watching(t, p)
			defer leave()
			time.Sleep(100 * time.Millisecond)
			defer func() { assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, kinds(tracker)) }()
		}
		time.Sleep(interval)
		for _, gap := range gaps(a)[:9] {
			assert.Equal(t, time.Second, gap)
		}
	})
}

// The first loop polls at once, or after an interval if it is not AtOnce.
func TestJoinInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		p := poll.New(a.source(), interval)
		for range 5 {
			seen, _, _, leave := following(t, p, 1, true)
			synctest.Wait()
			assert.Equal(t, int64(1), seen.Load())
			leave()
		}
		seen, _, _, leave := following(t, p, 1, false)
		defer leave()
		time.Sleep(interval - 1)
		assert.Zero(t, seen.Load())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.Equal(t, int64(1), seen.Load())
		assert.Empty(t, a.served(0), "nobody needs the list")
	})
}

// A loop that joins during a poll is served by the next one, soon.
func TestJoinDuringAPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		a.next = func() fault { return fault{delay: 2 * time.Second} }
		p := poll.New(a.source(), interval)
		first, leave := watching(t, p)
		defer leave()
		time.Sleep(time.Second)
		second, leaveToo := watching(t, p)
		defer leaveToo()
		time.Sleep(2500 * time.Millisecond)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, kinds(first))
		assert.Empty(t, kinds(second))
		time.Sleep(2 * time.Second)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, kinds(second))
		assert.Equal(t, []time.Duration{3 * time.Second}, gaps(a), "of 2 s and a second")
	})
}

func TestLeaveEndsThePolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		p := poll.New(a.source(), interval)
		_, leave := watching(t, p)
		_, _, _, leaveToo := following(t, p, 1, false)
		time.Sleep(10 * time.Second)
		leave()
		time.Sleep(10 * time.Second)
		leaveToo()
		lists, gets := len(a.served(0)), a.looked()
		assert.Equal(t, 4, lists)
		assert.Equal(t, 3, gets, "the last loop asks for its own device")
		time.Sleep(time.Hour)
		assert.Len(t, a.served(0), lists)
		assert.Equal(t, gets, a.looked())
	})
}

// A poll is cancelled when its loop leaves, and the next loop does not see the result.
func TestLeaveDuringAPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		delay := time.Hour
		a.next = func() fault { return fault{delay: delay} }
		p := poll.New(a.source(), interval)
		_, leave := watching(t, p)
		time.Sleep(time.Second)
		start := time.Now()
		var left sync.WaitGroup
		left.Go(leave)
		a.mu.Lock()
		delay = 0
		a.mu.Unlock()
		tracker, leaveToo := watching(t, p)
		defer leaveToo()
		left.Wait()
		synctest.Wait()
		assert.Zero(t, time.Since(start))
		assert.NotContains(t, kinds(tracker), poll.Retry)
	})
}

type key struct{}

func TestPollsTakeTheValuesOfAContext(t *testing.T) {
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
		leave := p.JoinAll(ctx, poll.NewTracker(poll.Rules[device]{Ends: func(error) bool { return false }, IsChange: isChange}))
		defer leave()
		assert.Equal(t, "value", <-values)
		assert.Equal(t, "value", <-values, "its end ends no poll of the others")
	})
}

// All loops for one device share one request; loops for several devices share a list.
func TestSingleDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1}, device{id: 2})
		p := poll.New(a.source(), interval)
		first, _, _, leave := following(t, p, 1, true)
		defer leave()
		synctest.Wait()
		second, _, _, leaveToo := following(t, p, 1, false)
		defer leaveToo()
		time.Sleep(2*interval + 1)
		assert.Equal(t, int64(3), first.Load())
		assert.Equal(t, int64(2), second.Load())
		assert.Equal(t, 3, a.looked())
		other, ok, _, leaveOther := following(t, p, 2, false)
		defer leaveOther()
		time.Sleep(interval)
		assert.Equal(t, int64(1), other.Load())
		assert.Equal(t, int64(1), ok.Load())
		assert.Equal(t, 3, a.looked())
		assert.Len(t, a.served(0), 1)
	})
}

// A device that is gone causes no backoff; a failure does.
func TestSingleDeviceFails(t *testing.T) {
	t.Parallel()
	for want, gets := range map[error]int{errGone: 10, errDown: 4, errPlease: 3} {
		synctest.Test(t, func(t *testing.T) {
			a := newAccount(device{id: 1})
			a.getErr = func(int64) error { return want }
			seen, ok, failed, leave := following(t, poll.New(a.source(), interval), 1, true)
			time.Sleep(9*interval + 1)
			leave()
			require.ErrorIs(t, failed.Load().(error), want) //nolint:forcetypeassert // stored above
			assert.Zero(t, seen.Load()+ok.Load())
			assert.LessOrEqual(t, a.looked(), gets)
			assert.GreaterOrEqual(t, a.looked(), gets-1)
		})
	}
}

// A Retry-After outlives the loops, even if the poll succeeded.
func TestLookupRestOutlastsTheLoops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		a.getErr = func(int64) error { return errPlease }
		p := poll.New(a.source(), interval)
		_, leave := watching(t, p)
		_, _, _, leaveToo := following(t, p, 9, true)
		time.Sleep(2 * time.Second) // the second poll looked up the missing device
		leave()
		leaveToo()
		lists := len(a.served(0))
		_, leave = watching(t, p)
		defer leave()
		time.Sleep(restFor - 2*time.Second)
		assert.Len(t, a.served(0), lists)
	})
}

// After an outage the backoff is reset.
func TestBackoffBeginsAnew(t *testing.T) {
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
		_, leave := watching(t, poll.New(a.source(), interval))
		defer leave()
		time.Sleep(5 * time.Minute)
		for i, gap := range gaps(a)[:12] {
			least := []time.Duration{interval, 2 * interval, 4 * interval, interval}[i%4]
			assert.GreaterOrEqual(t, gap, least)
			assert.LessOrEqual(t, gap, least*3/2)
		}
	})
}

// Devices missing from the list are requested, at most ten per poll, in turn.
func TestLookupsInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const loops = 35
		a := newAccount()
		a.next = func() fault { return fault{empty: true} }
		p := poll.New(a.source(), interval)
		var seen [loops]*atomic.Int64
		for i := range loops {
			a.set(device{id: int64(i + 1)})
			var leave func()
			seen[i], _, _, leave = following(t, p, int64(i+1), false)
			defer leave()
		}
		time.Sleep(4*interval + 1)
		assert.Equal(t, 40, a.looked())
		for i := range loops {
			assert.GreaterOrEqual(t, seen[i].Load(), int64(1), "%d", i+1)
		}
		time.Sleep(3 * interval)
		assert.Equal(t, 70, a.looked())
		for i := range loops {
			assert.GreaterOrEqual(t, seen[i].Load(), int64(2), "%d", i+1)
		}
	})
}

// A failed request for one device affects only its loops, but its Retry-After affects all.
func TestLookupFails(t *testing.T) {
	t.Parallel()
	for want, gap := range map[error]time.Duration{errDown: interval, errGone: interval, errPlease: restFor} {
		synctest.Test(t, func(t *testing.T) {
			a := newAccount(device{id: 1})
			a.getErr = func(int64) error { return want }
			p := poll.New(a.source(), interval)
			tracker, leave := watching(t, p)
			defer leave()
			_, _, failed, leaveToo := following(t, p, 9, true)
			defer leaveToo()
			time.Sleep(time.Minute)
			require.ErrorIs(t, failed.Load().(error), want) //nolint:forcetypeassert // stored above
			assert.Equal(t, []poll.Kind{poll.Present, poll.Synced}, kinds(tracker))
			require.NoError(t, tracker.Failing())
			for _, got := range gaps(a)[1:] {
				assert.GreaterOrEqual(t, got, gap)
				assert.LessOrEqual(t, got, gap+interval)
			}
		})
	}
}
