package poll

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxLookups bounds the requests beside a list, for devices that it lacks.
const maxLookups = 10

// round is one poll and those it serves.
type round[D comparable] struct {
	began    time.Time
	loops    map[int64][]*Loop[D]
	trackers []*Tracker[D]
	// listed are the keys of loops that the list has shown.
	listed map[int64]bool

	mu         sync.Mutex
	retryAfter time.Duration
}

func newRound[D comparable](loops map[*Loop[D]]struct{}, trackers map[*Tracker[D]]struct{}) *round[D] {
	r := &round[D]{began: time.Now(), loops: map[int64][]*Loop[D]{}, listed: map[int64]bool{}}
	for loop := range loops {
		r.loops[loop.ID] = append(r.loops[loop.ID], loop)
	}
	r.trackers = slices.Collect(maps.Keys(trackers))
	return r
}

// singleID returns the one ID that all loops of the round wait for.
func (r *round[D]) singleID() (int64, bool) {
	if len(r.trackers) > 0 || len(r.loops) != 1 {
		return 0, false
	}
	for id := range r.loops {
		return id, true
	}
	return 0, false
}

// poll serves a round; its error is an outage.
func (p *Poller[D]) poll(ctx context.Context, r *round[D]) error {
	if id, ok := r.singleID(); ok {
		_, err := p.lookUp(ctx, r, id)
		return err
	}
	for device, err := range p.source.List(ctx) {
		if err != nil {
			p.rest(r, err)
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

// lookUpMissing asks for some of the devices that the list lacks, all at a time, and returns those that are gone. What it
// meets concerns nobody else, and so is no outage.
func (p *Poller[D]) lookUpMissing(ctx context.Context, r *round[D]) (gone []int64) {
	ids := p.inTurn(r.missing())
	areGone := make([]bool, len(ids))
	var lookups sync.WaitGroup
	for i, id := range ids {
		lookups.Go(func() { areGone[i], _ = p.lookUp(ctx, r, id) }) // the loops of this device receive the error
	}
	lookups.Wait()
	for i, id := range ids {
		if areGone[i] {
			gone = append(gone, id)
		}
	}
	return gone
}

// lookUp asks for one device. That it is gone is an answer: the error is nil then.
func (p *Poller[D]) lookUp(ctx context.Context, r *round[D], id int64) (gone bool, failed error) {
	device, err := p.source.Get(ctx, id)
	if err != nil {
		p.rest(r, err)
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

// rest notes how long the server asked to be left alone.
func (p *Poller[D]) rest(r *round[D], err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retryAfter = max(r.retryAfter, p.source.RetryAfter(err))
}

// inTurn picks from sorted IDs those that follow the last ones picked, and begins anew behind the largest.
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

func (r *round[D]) seen(id int64, device *D) {
	for _, tracker := range r.trackers {
		tracker.seen(id, device)
	}
	for _, loop := range r.loops[id] {
		loop.Seen(device, r.began)
		r.listed[id] = true
	}
}

func (r *round[D]) polled(err error) {
	for _, tracker := range r.trackers {
		if err != nil {
			tracker.failed(err)
		}
	}
	for _, loops := range r.loops {
		for _, loop := range loops {
			loop.Polled(err)
		}
	}
}

// missing returns the sorted IDs that somebody knows or waits for and a complete list lacks.
func (r *round[D]) missing() []int64 {
	var missing []int64
	for id := range r.loops {
		if !r.listed[id] {
			missing = append(missing, id)
		}
	}
	for _, tracker := range r.trackers {
		missing = append(missing, tracker.listed()...)
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
