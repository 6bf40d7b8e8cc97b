// Package poll reads the status of devices for all loops of a client with shared requests. It reaches the API only
// through a [Source].
package poll

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxLookups limits the requests per poll for devices that are missing from the list.
const maxLookups = 10

// Poller polls while at least one loop has joined.
type Poller[D comparable] struct {
	source Source[D]

	mu       sync.Mutex
	loops    map[*Loop[D]]struct{}
	trackers map[*Tracker[D]]struct{}
	current  *run
	pace     pace
	// lookedUp is the last ID that inTurn returned.
	lookedUp int64
}

// run is one polling goroutine, from the first loop to the last.
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

// Join serves the loop until leave is called. Polls use the values of the context but ignore its end.
func (p *Poller[D]) Join(ctx context.Context, loop *Loop[D]) (leave func()) {
	return p.join(ctx, loop.AtOnce, func() { p.loops[loop] = struct{}{} }, func() { delete(p.loops, loop) })
}

// JoinAll is Join for a loop over all devices. It requests a poll at once.
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

// leave waits for the goroutine to end if this was the last loop.
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

// sleep waits until a poll is due; a joining loop may bring it forward. It reports whether to poll.
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

// begin returns the round to poll for; false if r is over, even if another run has started.
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

// poll serves a round. Its error starts a backoff.
func (p *Poller[D]) poll(ctx context.Context, r *round[D]) error {
	if id, ok := r.singleID(); ok {
		_, err := p.lookUp(ctx, r, id)
		return err
	}
	for device, err := range p.source.List(ctx) {
		if err != nil {
			r.rest(p.source.RetryAfter(err))
			r.polled(err)
			return err
		}
		r.seen(p.source.ID(device), device)
	}
	r.polled(nil)
	gone := p.lookUpMissing(ctx, r)
	for _, tracker := range r.trackers {
		tracker.complete(gone)
	}
	return nil
}

// lookUpMissing requests devices that the list lacks, in parallel, and returns those that are gone. A failure affects
// only the loops of that device and starts no backoff.
func (p *Poller[D]) lookUpMissing(ctx context.Context, r *round[D]) (gone []int64) {
	ids := p.inTurn(r.missing())
	areGone := make([]bool, len(ids))
	var lookups sync.WaitGroup
	for i, id := range ids {
		lookups.Go(func() { areGone[i], _ = p.lookUp(ctx, r, id) }) // the device's loops get the error
	}
	lookups.Wait()
	for i, id := range ids {
		if areGone[i] {
			gone = append(gone, id)
		}
	}
	return gone
}

// lookUp requests one device. A device that is gone is a valid result, without an error.
func (p *Poller[D]) lookUp(ctx context.Context, r *round[D], id int64) (gone bool, failed error) {
	device, err := p.source.Get(ctx, id)
	if err != nil {
		r.rest(p.source.RetryAfter(err))
	}
	for _, loop := range r.loops[id] {
		if err == nil {
			loop.Seen(device, r.began)
		}
		loop.Polled(err)
	}
	if err != nil && p.source.IsGone(err) {
		return true, nil
	}
	return false, err
}

// inTurn returns up to maxLookups sorted IDs, continuing after the last call's and wrapping around.
func (p *Poller[D]) inTurn(ids []int64) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	after, _ := slices.BinarySearch(ids, p.lookedUp+1)
	ids = slices.Concat(ids[after:], ids[:after])
	ids = ids[:min(len(ids), maxLookups)]
	if len(ids) > 0 {
		p.lookedUp = ids[len(ids)-1]
	}
	return ids
}
