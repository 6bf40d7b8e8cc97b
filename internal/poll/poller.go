// Package poll reads the status of devices on behalf of all loops of a client: one request serves them all. It knows
// nothing of the API but the functions of a [Source].
package poll

import (
	"context"
	"iter"
	"sync"
	"time"
)

// Source is how a [Poller] reads devices of type D. Its functions must be safe for concurrent use.
type Source[D any] struct {
	// List returns all devices; a failure is its last element.
	List func(ctx context.Context) iter.Seq2[*D, error]
	// Get returns one device.
	Get func(ctx context.Context, id int64) (*D, error)
	// ID returns what identifies a device of the list.
	ID func(device *D) int64
	// IsGone reports whether the server said that there is no such device.
	IsGone func(err error) bool
	// RetryAfter returns how long the server asked to be left alone; 0 if it did not.
	RetryAfter func(err error) time.Duration
}

// Loop is one loop's interest in one device. Its functions are called from the goroutines of the poller, must not block,
// and may be called once more after the loop has left.
type Loop[D any] struct {
	// ID is the device of interest.
	ID int64
	// AtOnce asks for a poll now, not within an interval.
	AtOnce bool
	// Seen receives the device and when the poll that showed it began. The device is shared: it must not be changed.
	Seen func(device *D, began time.Time)
	// Polled receives the end of each poll: nil, or what failed. It may be called twice in a poll.
	Polled func(err error)
}

// Poller polls while it has a loop.
type Poller[D comparable] struct {
	source Source[D]

	mu       sync.Mutex
	loops    map[*Loop[D]]struct{}
	trackers map[*Tracker[D]]struct{}
	current  *run
	pace     pace
	// lookedUp is the last ID of the last turn: see inTurn.
	lookedUp int64
}

// run is the life of one polling goroutine, from the first loop to the last.
type run struct {
	cancel context.CancelFunc
	done   chan struct{}
	wake   chan struct{}
}

// New returns a Poller that polls once per interval.
func New[D comparable](source Source[D], interval time.Duration) *Poller[D] {
	return &Poller[D]{
		source:   source,
		loops:    map[*Loop[D]]struct{}{},
		trackers: map[*Tracker[D]]struct{}{},
		pace:     pace{interval: interval},
	}
}

// Join starts to serve the loop, until leave is called. The polls take the context's values, not its end.
func (p *Poller[D]) Join(ctx context.Context, loop *Loop[D]) (leave func()) {
	return p.join(ctx, loop.AtOnce, func() { p.loops[loop] = struct{}{} }, func() { delete(p.loops, loop) })
}

// JoinAll is Join for a loop about all devices. It asks for a poll at once.
func (p *Poller[D]) JoinAll(ctx context.Context, tracker *Tracker[D]) (leave func()) {
	return p.join(ctx, true, func() { p.trackers[tracker] = struct{}{} }, func() { delete(p.trackers, tracker) })
}

func (p *Poller[D]) join(ctx context.Context, atOnce bool, add, remove func()) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	add()
	p.pace.join(time.Now(), atOnce, p.current == nil)
	if p.current == nil {
		runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p.current = &run{cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
		go p.run(runCtx, p.current)
	}
	notify(p.current.wake)
	return func() { p.leave(remove) }
}

// leave waits for the goroutine to end if the last loop leaves.
func (p *Poller[D]) leave(remove func()) {
	p.mu.Lock()
	remove()
	current, last := p.current, len(p.loops)+len(p.trackers) == 0
	if last {
		current.cancel()
		p.current = nil
	}
	p.mu.Unlock()
	if last {
		<-current.done
	}
}

func (p *Poller[D]) run(ctx context.Context, r *run) {
	defer close(r.done)
	for p.sleep(ctx, r) {
		round, ok := p.begin(r)
		if !ok {
			return
		}
		err := p.poll(ctx, round)
		if ctx.Err() != nil {
			return
		}
		p.end(err, round)
	}
}

// sleep waits until a poll is due, which a joining loop may bring forward. It reports whether the run goes on.
func (p *Poller[D]) sleep(ctx context.Context, r *run) bool {
	for {
		p.mu.Lock()
		wait := time.Until(p.pace.due())
		p.mu.Unlock()
		if wait <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// begin returns who is served by the poll that begins now; false if the run is over, even if another has begun.
func (p *Poller[D]) begin(r *run) (*round[D], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != r {
		return nil, false
	}
	p.pace.begin()
	return newRound(p.loops, p.trackers), true
}

func (p *Poller[D]) end(err error, r *round[D]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace.end(time.Now(), err != nil, r.retryAfter)
}

func notify(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
