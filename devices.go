package whatspie

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/whatspie-go/whatspie/internal/poll"
	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// DevicesService manages the account's devices. It is safe for concurrent use; find it at [Client].Devices.
type DevicesService struct {
	client *Client
	poller *poll.Poller[Device]
	// pollInterval is that of the poller.
	pollInterval time.Duration
	// confirming lets one CreateConfirmed at a time tell new devices from old ones.
	confirming chan struct{}
}

// newDevicesService sends its calls through c, and its polls through another client for the same account.
func newDevicesService(c, polls *Client, pollInterval time.Duration) *DevicesService {
	return &DevicesService{
		client:       c,
		poller:       newPoller(&DevicesService{client: polls}, pollInterval),
		pollInterval: pollInterval,
		confirming:   make(chan struct{}, 1),
	}
}

// Create creates a device on a package plan, which costs money. The request is retried only if it certainly was not
// processed. Name and Package.Code of the result are those of the request if the response lacks them.
//
// Errors: [ErrInvalidRequest] for a field that is blank or not valid UTF-8, [ErrInvalidPackage], [ErrDeviceLimit],
// [ErrForbidden], [ErrUnauthorized], [ErrRateLimited], [ErrNoResponse]. If the error is [ErrOutcomeUnknown] or
// [ErrDeviceUnidentified], a device may have been created; [DevicesService.CreateConfirmed] resolves that.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Create(ctx context.Context, request CreateDeviceRequest, opts ...CallOption) (*Device, error) {
	created, err := do[createdAnswer](ctx, s.client, http.MethodPost, createRoute(request), request, opts)
	return complete(created.device(), request), err
}

// List returns all devices of the account; none is an empty slice. For very many, [DevicesService.All] needs less
// memory. It is retried as a read.
//
// Errors: [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], [ErrServer].
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) List(ctx context.Context, opts ...CallOption) ([]Device, error) {
	list, err := do[listAnswer](ctx, s.client, http.MethodGet, devicesRoute(), nil, opts)
	return list.all(), err
}

// All returns the devices of the account one by one, each as soon as its bytes have arrived, so memory never holds
// more than one. Every range over it is a call of its own. A failure is the last element, with a nil device; once a
// device has been handed out, there is no retry. Whether the list is whole shows at its end: until then, what is missing
// may still come.
//
// Errors: [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], [ErrServer], [ErrUnexpectedResponse] for a list that
// ends too early.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) All(ctx context.Context, opts ...CallOption) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		stream(ctx, s.client, devicesRoute(), bounds{}, yield, opts)
	}
}

// bounds are how much of a list is taken, and how long after its first device; none where they are zero.
type bounds struct {
	devices int
	time    time.Duration
}

func (b bounds) passed(count int, start time.Time) bool {
	return b.devices > 0 && (count > b.devices || time.Since(start) > b.time)
}

// ownUse bounds the lists that the SDK reads for itself, so that one without an end ends.
var ownUse = bounds{1_000_000, 5 * time.Minute}

// boundedAll is All with bounds on the whole list.
func (s *DevicesService) boundedAll(ctx context.Context, opts ...CallOption) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		stream(ctx, s.client, devicesRoute(), ownUse, yield, opts)
	}
}

// Get returns one device. Some of the API's clients pass the phone number as the ID; the server accepts both.
// It is retried as a read.
//
// Errors: [ErrInvalidRequest] for an ID below 1, [ErrDeviceNotFound], [ErrUnauthorized], [ErrForbidden],
// [ErrRateLimited], [ErrServer].
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Get(ctx context.Context, id int64, opts ...CallOption) (*Device, error) {
	found, err := do[deviceAnswer](ctx, s.client, http.MethodGet, deviceRoute(id, ""), nil, opts)
	return found.device(), err
}

// route is where an endpoint lives, or why it cannot be reached with these arguments.
type route struct {
	path string
	err  error
}

func devicesRoute() route { return route{path: "/devices"} }

func createRoute(request CreateDeviceRequest) route {
	r := devicesRoute()
	switch {
	case strings.TrimSpace(string(request.Package)) == "":
		r.err = errors.New("the package code is blank")
	case strings.TrimSpace(request.Name) == "":
		r.err = errors.New("the name is blank")
	case !utf8.ValidString(string(request.Package)):
		r.err = errors.New("the package code is not valid UTF-8")
	case !utf8.ValidString(request.Name): // JSON would carry another name, by which the device could not be found
		r.err = errors.New("the name is not valid UTF-8")
	}
	return r
}

func deviceRoute(id int64, rest string) route {
	r := route{path: "/devices/" + strconv.FormatInt(id, 10) + rest}
	if id < 1 {
		r.err = fmt.Errorf("device ID %d is below 1", id)
	}
	return r
}

// do is every endpoint: a verb, a route, a body and a result, which is nil where the call failed.
func do[T any](ctx context.Context, c *Client, method string, to route, in any, opts []CallOption) (*T, error) {
	if to.err != nil {
		return nil, refused(method, to.path, to.err, opts)
	}
	out := new(T)
	if err := c.Call(ctx, method, to.path, in, out, opts...); err != nil {
		return nil, err
	}
	return out, nil
}

// stream is do for a list that is handed out while it arrives.
func stream(ctx context.Context, c *Client, from route, most bounds, yield func(*Device, error) bool, opts []CallOption) {
	stopped, last := false, usualDevice
	count, start := 0, time.Time{}
	request := transport.Request{Method: http.MethodGet, Path: from.path}
	take := func(data json.RawMessage) error {
		if count == 0 {
			start = time.Now()
		}
		if count++; most.passed(count, start) {
			return transport.ErrTooLarge
		}
		device := new(Device)
		cursor := wire.NewCursor(data)
		if c.drifts == nil {
			*device = readDevice(&cursor, &last)
		}
		if !cursor.Whole() && device.UnmarshalJSON(data) != nil {
			return errNoList
		}
		last = *device
		if stopped = !yield(device, nil); stopped {
			return wire.ErrStop
		}
		return nil
	}
	look := c.inspect(http.MethodGet, from.path, documentedDevice)
	if look != nil {
		look.stream = true
	}
	request.Read = func(_ int, contentType string, body []byte) (wire.Envelope, error) {
		return wire.Open(contentType, body)
	}
	request.Stream = func(body io.Reader, next func() error) (wire.Envelope, error) {
		return wire.Stream(body, func(data json.RawMessage) error {
			if err := next(); err != nil {
				return err
			}
			look.element(data)
			return take(data)
		}, look.visit)
	}
	if err := c.send(ctx, request, nil, look, opts); err != nil && !stopped {
		yield(nil, err)
	}
}
