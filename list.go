package whatspie

import (
	"context"
	"net/http"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// listResult decodes one page of a device list.
type listResult struct {
	pages   *pages
	devices []Device
	// size is the size of the page in bytes; bytesLeft is what remains for it of the limit for all pages together.
	size, bytesLeft int64
}

func (l *listResult) read(r *wire.Reader) {
	const minBytes = 256 // of a device, assumed when allocating
	l.devices = []Device{}
	before := r.Left()
	l.pages.read(r, func(device Device) {
		bytesRead := before - r.Left()
		if tooDense(len(l.devices), bytesRead) {
			r.Fail(transport.ErrTooLarge)
			return
		}
		if len(l.devices) == 0 {
			l.devices = make([]Device, 0, 1+r.Left()/max(minBytes, bytesRead))
		}
		l.devices = append(l.devices, device)
	})
	l.size = int64(before - r.Left())
}

// tooDense reports whether a list has so many tiny devices that they take a multiple of the response limit in memory.
func tooDense(devices, bytes int) bool {
	const many, minBytes = 10_000, 32
	return devices >= max(many, bytes/minBytes)
}

func (l *listResult) check(envelope wire.Envelope) error {
	if err := l.pages.check(envelope); err != nil {
		return err
	}
	if l.size > l.bytesLeft {
		return transport.ErrTooLarge
	}
	return nil
}

// readList reads all pages into memory.
func readList(ctx context.Context, a *api, from route, opts []CallOption) ([]Device, error) {
	page := &listResult{pages: newPages(a, from), bytesLeft: a.transport.MaxBytes}
	var devices []Device
	for {
		if err := a.call(ctx, http.MethodGet, page.pages.path, nil, page, opts); err != nil {
			return nil, err
		}
		if devices == nil {
			devices = page.devices
		} else {
			devices = append(devices, page.devices...)
		}
		if !page.pages.advance() {
			return devices, nil
		}
		page.bytesLeft -= page.size
	}
}
