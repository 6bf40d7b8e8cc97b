package whatspie

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// DevicesService manages the account's devices. It is safe for concurrent use and available as [Client].Devices.
type DevicesService struct {
	api    *api
	poller *poll.Poller[Device]
	// confirming serializes CreateConfirmed, so that concurrent calls do not take each other's devices for their own.
	confirming chan struct{}
}

// newDevicesService uses polls for the status requests of the loops.
func newDevicesService(a, polls *api, pollInterval time.Duration) *DevicesService {
	return &DevicesService{
		api:        a,
		poller:     newPoller(polls, pollInterval),
		confirming: make(chan struct{}, 1),
	}
}

// Create creates a device on a package plan, which costs money. The request is retried only if it certainly was not
// processed. The response is not documented and may contain only the ID; Name and Package.Code of the result are then
// those of the request.
//
// Errors: [ErrInvalidRequest] for a field that is blank or not valid UTF-8, [ErrInvalidPackage], [ErrDeviceLimit],
// [ErrForbidden], [ErrUnauthorized], [ErrRateLimited], [ErrNoResponse]. If the error matches [ErrOutcomeUnknown] or
// [ErrDeviceUnidentified], a device may have been created; [DevicesService.CreateConfirmed] resolves that.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Create(ctx context.Context, request CreateDeviceRequest, opts ...CallOption) (*Device, error) {
	result := &createdResult{request: request}
	return do(ctx, s.api, http.MethodPost, createRoute(request), request, result, opts)
}

// List returns all devices of the account, or an empty slice if there are none. It is retried as a read. For a large
// account, [DevicesService.All] needs less memory.
//
// If the API splits the list into pages, List reads all of them; each page is a separate call with its own retries.
// [WithResponse] describes the last page, and [WithMaxResponseBytes] limits all pages together. List does not follow a
// link to a page on another scheme, host or path. It then fails with [ErrUnexpectedResponse], "the list is incomplete",
// and does the same if a page is repeated, if its path and query are longer than 8 KiB, or if there are more than 10,000
// pages.
//
// Errors: [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], [ErrServer], [ErrNoResponse], [ErrUnexpectedResponse],
// [ErrResponseTooLarge].
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) List(ctx context.Context, opts ...CallOption) ([]Device, error) {
	return readList(ctx, s.api, devicesRoute(), opts)
}

// All returns the devices of the account one by one, each as soon as its bytes have arrived, so that no more than one
// is in memory. Each range over the result is a separate call. An error is yielded last, with a nil device. The list is
// complete only if iteration ends without an error.
//
// Pages are followed as in [DevicesService.List]. [WithMaxResponseBytes] limits each device, not the list. A page is
// retried as a read, but not once its first device has been yielded.
//
// Errors: [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], [ErrServer], [ErrNoResponse], [ErrUnexpectedResponse]
// (also for a list that ends too early), [ErrResponseTooLarge].
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) All(ctx context.Context, opts ...CallOption) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		streamList(ctx, s.api, devicesRoute(), false, yield, opts)
	}
}

// Get returns one device. The API also accepts the phone number as the ID. Get is retried as a read.
//
// Errors: [ErrInvalidRequest] for an ID below 1, [ErrDeviceNotFound], [ErrUnauthorized], [ErrForbidden],
// [ErrRateLimited], [ErrServer], [ErrNoResponse], [ErrUnexpectedResponse].
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Get(ctx context.Context, id int64, opts ...CallOption) (*Device, error) {
	return do(ctx, s.api, http.MethodGet, deviceRoute(id, ""), nil, &deviceResult{}, opts)
}

// complete fills in requested values that the API does not return.
func complete(device *Device, request CreateDeviceRequest) *Device {
	device.Name = cmp.Or(device.Name, request.Name)
	device.Package.Code = cmp.Or(device.Package.Code, request.Package)
	return device
}

// errNoDevice means that the response lacks the device that it should contain.
var errNoDevice = errors.New("no device in the response")

// deviceResult decodes one device, bare or as the only element of a list.
type deviceResult struct{ found Device }

func (d *deviceResult) read(r *wire.Reader) {
	isList := r.Kind() == '['
	d.found = readOnly(r)
	if isList {
		r.NoteLastType()
	}
}

func (d *deviceResult) check(wire.Envelope) error {
	if d.found.ID < 1 {
		return errNoDevice
	}
	return nil
}

func (d *deviceResult) value() *Device { return &d.found }

// createdResult decodes the response to a creation. A missing device is ErrDeviceUnidentified, because the creation
// itself succeeded.
type createdResult struct {
	request CreateDeviceRequest
	found   Device
}

func (c *createdResult) read(r *wire.Reader) { c.found = readOnly(r) }

func (c *createdResult) check(wire.Envelope) error {
	if c.found.ID < 1 {
		return ErrDeviceUnidentified
	}
	return nil
}

func (c *createdResult) value() *Device { return complete(&c.found, c.request) }

// readOnly reads a device, or the single device of a list.
func readOnly(r *wire.Reader) Device {
	if r.Kind() != '[' {
		return readDevice(r)
	}
	var only Device
	count := 0
	for range r.Elements() {
		if count++; r.Kind() == '{' {
			only = readDevice(r)
		} else {
			r.Skip()
		}
	}
	if count != 1 {
		return Device{}
	}
	return only
}

// newPoller polls through c, whose attempt timeout is shortened so that a hanging poll does not block the next.
func newPoller(a *api, interval time.Duration) *poll.Poller[Device] {
	return poll.New(poll.Source[Device]{
		List: func(ctx context.Context) iter.Seq2[*Device, error] { return boundedAll(ctx, a, WithoutRetry()) },
		Get: func(ctx context.Context, id int64) (*Device, error) {
			return do(ctx, a, http.MethodGet, deviceRoute(id, ""), nil, &deviceResult{}, []CallOption{WithoutRetry()})
		},
		ID:         func(device *Device) int64 { return device.ID },
		IsGone:     func(err error) bool { return errors.Is(err, ErrNotFound) && envelopeStatus(err) != 0 },
		RetryAfter: loopRetryAfter,
	}, interval)
}

// checkLoop returns the error of a loop that sends nothing, because its arguments are invalid or the context has ended.
func checkLoop(ctx context.Context, to route, optionsErr error) error {
	if err := errors.Join(to.err, optionsErr, checkContext(ctx)); err != nil {
		return invalidRequest(http.MethodGet, to.path, err)
	}
	if ctx.Err() != nil {
		return loopError(ctx, http.MethodGet, to.path, nil)
	}
	return nil
}
