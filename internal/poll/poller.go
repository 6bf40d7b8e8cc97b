// Package poll reads the status of devices with requests that all loops of a client share. It reaches the API only
// through a [Source].
//
// A loop that waits for one device passes a [Subscriber] to [Poller.Subscribe]. A loop that follows all devices passes
// a [Tracker] to [Poller.Track], and takes the changes from it.
package poll

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxLookups limits the requests per poll for devices that are missing from the list.
const maxLookups = 10

// Poller polls while it has a subscriber or tracker.
type Poller[D comparable] struct {
	source Source[D]

	mu          sync.Mutex
	subscribers map[*Subscriber[D]]struct{}
	trackers    map[*Tracker[D]]struct{}
	worker      *worker // nil while there is neither subscriber nor tracker
	pace        pace
	// lastLookup is the last ID that nextLookups returned.
	lastLookup int64
}

// worker is the goroutine that polls, from the first subscriber or tracker to the last.
type worker struct {
	cancel context.CancelFunc
	done   chan struct{}
	wake   chan struct{}
}

// New returns a Poller that polls once per interval.
func New[D comparable](source Source[D], interval time.Duration) *Poller[D] {
	return &Poller[D]{
		source:      source,
		subscribers: map[*Subscriber[D]]struct{}{},
		trackers:    map[*Tracker[D]]struct{}{},
		pace:        pace{interval: interval},
	}
}

// Subscribe polls the device with this ID or phone number for the subscriber until unsubscribe is called. Polls use the
// values of the context but ignore its end.
func (p *Poller[D]) Subscribe(ctx context.Context, id int64, subscriber *Subscriber[D]) (unsubscribe func()) {
	subscriber.id.Store(id)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribers[subscriber] = struct{}{}
	p.start(ctx, subscriber.AtOnce)
	return func() { p.stop(func() { delete(p.subscribers, subscriber) }) }
}

// Track polls all devices for the tracker until untrack is called, and requests a poll at once. Polls use the values of
// the context but ignore its end.
func (p *Poller[D]) Track(ctx context.Context, tracker *Tracker[D]) (untrack func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trackers[tracker] = struct{}{}
	p.start(ctx, true)
	return func() { p.stop(func() { delete(p.trackers, tracker) }) }
}

// start schedules a poll for a new subscriber or tracker, and starts the worker if that is the first one.
func (p *Poller[D]) start(ctx context.Context, atOnce bool) {
	p.pace.subscribed(time.Now(), atOnce, p.worker == nil)
	if p.worker == nil {
		workerCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p.worker = &worker{cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
		go p.run(workerCtx, p.worker)
	}
	notify(p.worker.wake)
}

// stop removes a subscriber or tracker. After the last one it ends the worker and waits for its end.
func (p *Poller[D]) stop(remove func()) {
	p.mu.Lock()
	remove()
	worker, isLast := p.worker, len(p.subscribers)+len(p.trackers) == 0
	if isLast {
		worker.cancel()
		p.worker = nil
	}
	p.mu.Unlock()
	if isLast {
		<-worker.done
	}
}

func (p *Poller[D]) run(ctx context.Context, w *worker) {
	defer close(w.done)
	for p.sleep(ctx, w) {
		state, ok := p.beginPoll(w)
		if !ok {
			return
		}
		err := p.poll(ctx, state)
		if ctx.Err() != nil {
			return
		}
		p.endPoll(err, state)
	}
}

// sleep waits until a poll is due, and reports whether to poll. A new subscriber or tracker may bring the poll forward.
func (p *Poller[D]) sleep(ctx context.Context, w *worker) bool {
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
		case <-w.wake:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// beginPoll returns the state of a new poll; false if w has ended, even if another worker has started.
func (p *Poller[D]) beginPoll(w *worker) (*pollState[D], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.worker != w {
		return nil, false
	}
	p.pace.begin()
	return newPollState(p.subscribers, p.trackers), true
}

func (p *Poller[D]) endPoll(err error, state *pollState[D]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace.end(time.Now(), err != nil, state.retryAfter)
}

// poll sends the requests of one poll. Its error starts a backoff.
func (p *Poller[D]) poll(ctx context.Context, state *pollState[D]) error {
	if id, ok := state.singleID(); ok {
		_, err := p.lookUp(ctx, state, id)
		return err
	}
	for device, err := range p.source.List(ctx) {
		if err != nil {
			state.addRetryAfter(p.source.RetryAfter(err))
			for _, tracker := range state.trackers {
				tracker.failed(err)
			}
			state.deliverResult(err)
			return err
		}
		state.deliver(p.source.ID(device), device)
	}
	state.deliverResult(nil)
	gone := p.lookUpMissing(ctx, state)
	for _, tracker := range state.trackers {
		tracker.endPoll(gone)
	}
	return nil
}

// lookUpMissing requests devices that the list lacks, in parallel, and returns those that are gone. A failure affects
// only the subscribers of that device and starts no backoff.
func (p *Poller[D]) lookUpMissing(ctx context.Context, state *pollState[D]) (gone []int64) {
	ids := p.nextLookups(state.missingIDs())
	areGone := make([]bool, len(ids))
	var lookups sync.WaitGroup
	for i, id := range ids {
		lookups.Go(func() { areGone[i], _ = p.lookUp(ctx, state, id) }) // the subscribers receive the error
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
func (p *Poller[D]) lookUp(ctx context.Context, state *pollState[D], id int64) (isGone bool, err error) {
	device, err := p.source.Get(ctx, id)
	if err != nil {
		state.addRetryAfter(p.source.RetryAfter(err))
	}
	for _, subscriber := range state.subscribers[id] {
		if err == nil {
			if deviceID := p.source.ID(device); deviceID > 0 {
				subscriber.id.Store(deviceID) // in place of a phone number, which may move to another device
			}
			subscriber.Seen(device, state.began)
		}
		subscriber.Polled(err)
	}
	if err != nil && p.source.IsGone(err) {
		return true, nil
	}
	return false, err
}

// nextLookups returns up to maxLookups of the sorted IDs, continuing after the last call's and wrapping around.
func (p *Poller[D]) nextLookups(ids []int64) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	after, _ := slices.BinarySearch(ids, p.lastLookup+1)
	ids = slices.Concat(ids[after:], ids[:after])
	ids = ids[:min(len(ids), maxLookups)]
	if len(ids) > 0 {
		p.lastLookup = ids[len(ids)-1]
	}
	return ids
}
