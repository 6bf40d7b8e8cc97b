package pairweb

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// linger is how long a pairing goes on without a stream: as long as a reload takes on a slow connection.
const linger = 5 * time.Second

// pairings are the pairings of a handler, one per device.
type pairings struct {
	devices *whatspie.DevicesService
	options []whatspie.PairOption
	log     *slog.Logger
	paired  *pairedHook
	closing context.Context // done once the handler is closed
	stop    context.CancelFunc
	running sync.WaitGroup // loops and hooks

	mu       sync.Mutex
	last     int64 // number of the latest pairing
	byDevice map[int64]*pairing
}

func newPairings(devices *whatspie.DevicesService, c config) *pairings {
	closing, stop := context.WithCancel(context.Background())
	return &pairings{
		devices:  devices,
		options:  c.pair,
		log:      c.log(),
		paired:   newPairedHook(c),
		closing:  closing,
		stop:     stop,
		byDevice: map[int64]*pairing{},
	}
}

// join returns the pairing for a new stream, or nil if the handler is closed. A visitor who has seen the end of the
// pairing with the number after is asking for the next one.
func (ps *pairings) join(ctx context.Context, device, after int64) *pairing {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.closing.Err() != nil {
		return nil
	}
	p := ps.byDevice[device]
	if p == nil || p.isOutdated(after) {
		p = ps.start(ctx, device)
	}
	p.streams++
	if p.idle != nil && !p.over() { // visits do not prolong an end
		p.idle.Stop()
		p.idle = nil
	}
	return p
}

// start begins a pairing. It does not end with the request, since it serves other tabs too.
func (ps *pairings) start(ctx context.Context, device int64) *pairing {
	ctx, cancel := ps.detach(ctx)
	ps.last++
	p := &pairing{device: device, number: ps.last, cancel: cancel, changed: make(chan struct{})}
	ps.byDevice[device] = p
	ps.running.Go(func() {
		defer cancel()
		ps.run(ctx, p)
	})
	return p
}

// detach returns a context with the values of a request, which ends with the handler instead of the request.
func (ps *pairings) detach(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unlink := context.AfterFunc(ps.closing, cancel)
	return ctx, func() {
		unlink()
		cancel()
	}
}

// run ignores what comes after a cancellation: nobody looks any more.
func (ps *pairings) run(ctx context.Context, p *pairing) {
	log := ps.log.With("device", p.device)
	for event, err := range ps.devices.Pair(ctx, p.device, ps.options...) {
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.WarnContext(ctx, "pairing failed", "error", err)
		case event.Kind == whatspie.PairRetry:
			log.InfoContext(ctx, "pairing continues after a failure", "error", event.Err)
		case ps.paired.isDue(p.device, event.Kind):
			ps.callHook(ctx, event.Device)
		}
		p.update(event, err)
	}
}

func (ps *pairings) callHook(ctx context.Context, device *whatspie.Device) {
	ctx, cancel := ps.detach(ctx) // the pairing's own ends with its streams
	ps.running.Go(func() {
		defer cancel()
		ps.paired.call(ctx, device)
	})
}

func (ps *pairings) leave(p *pairing) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p.streams--
	if p.streams == 0 && ps.closing.Err() == nil && p.idle == nil {
		p.idle = time.AfterFunc(linger, func() { ps.drop(p) })
	}
}

// drop ends a pairing, unless a stream joined while the timer fired.
func (ps *pairings) drop(p *pairing) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p.streams > 0 && !p.over() {
		return
	}
	p.cancel()
	if ps.byDevice[p.device] == p {
		delete(ps.byDevice, p.device)
	}
}

// close ends all pairings and waits for them. The lock keeps join from starting another meanwhile.
func (ps *pairings) close() {
	ps.mu.Lock()
	ps.stop()
	ps.mu.Unlock()
	ps.running.Wait()
}
