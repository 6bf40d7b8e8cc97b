package whatspie

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/redact"
)

// [DevicesService.CreateConfirmed] lists the devices up to confirmLists times: the first time at once, then after
// pauses that double.
const (
	confirmLists = 5
	confirmPause = time.Second
	confirmTime  = 30 * time.Second // for all of them
)

// UnconfirmedError is the error of [DevicesService.CreateConfirmed] if it cannot determine which device, if any, it
// created. It matches [ErrOutcomeUnknown] and, if the server confirmed the creation, [ErrDeviceUnidentified], but no
// other sentinel.
type UnconfirmedError struct {
	// Candidates are the devices that appeared after the request and are not on another package, as last listed. At most
	// one of them is the new device; others may have been created by someone else at the same time. The slice is empty if
	// no device appeared, or if Listed is false.
	Candidates []Device
	// Listed reports whether the devices could be listed at least once after the request.
	Listed bool

	createErr  error // the error of the creation
	listErr    error // the error of the last list; nil if it succeeded
	contextErr error // why the caller's context ended; nil if it did not
}

// Error returns one line without secrets.
func (e *UnconfirmedError) Error() string {
	text := "whatspie: " + ErrOutcomeUnknown.Error()
	if e.createErr != nil {
		text = e.createErr.Error()
	}
	switch n := len(e.Candidates); {
	case n == 0 && !e.Listed:
		text += "; the devices could not be listed afterwards"
	case n == 0:
		text += "; no new device was found on the requested package"
	case n == 1:
		text += "; 1 new device was found, but its name does not identify it"
	default:
		text += fmt.Sprintf("; %d new devices were found, but the name identifies none of them", n)
	}
	if e.listErr != nil {
		text += "; listing the devices: " + redact.OneLine(withoutPrefix(e.listErr))
	}
	if e.contextErr != nil && !errors.Is(e.listErr, e.contextErr) {
		text += "; " + e.contextErr.Error()
	}
	return text
}

// Unwrap returns [ErrOutcomeUnknown], the error of the creation, and the error of the caller's context if it ended. It
// does not return the error of a failed list, because that error may be retryable while the creation is not.
func (e *UnconfirmedError) Unwrap() []error {
	wrapped := []error{ErrOutcomeUnknown}
	for _, err := range []error{e.createErr, e.contextErr} {
		if err != nil {
			wrapped = append(wrapped, err)
		}
	}
	return wrapped
}

// CreateConfirmed creates a device like [DevicesService.Create]. If the response is lost, is ambiguous or contains no
// device, CreateConfirmed finds the device by comparing the list from before the request with lists from after it. A
// request that may have been processed is never retried.
//
// Give each device a unique name, one that differs from all others in more than white space: only the name identifies
// the new device in the list. A new device is returned if it is the only one whose name matches the requested one,
// either exactly or apart from white space and HTML escapes. A new device that has no name or a different one
// (truncated, rewritten, in another Unicode form) is a candidate in the [*UnconfirmedError], unless it is on another
// package. If two programs create devices with the same name at the same time and one request is lost, both may get the
// same device.
//
// CreateConfirmed lists the devices first. If that fails, it creates nothing and returns the error of the list. If the
// response to the creation is clear, it returns at once. Otherwise it lists the devices up to five more times, until it
// has identified the new one. That takes up to 15 seconds, or 30 if the server is slow. Concurrent calls on one
// [Client] run one after the other.
//
// If the context ends in the meantime, a device that is billed may remain unidentified. The context of an HTTP request
// ends when the browser disconnects: in a handler, detach the call from that context and give it its own deadline.
//
//	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*time.Minute)
//	defer cancel()
//	device, err := client.Devices.CreateConfirmed(ctx, request)
//
// Errors: those of Create and [DevicesService.List]. If the outcome remains unknown, or the device unidentified, the
// error is an [*UnconfirmedError], which matches [ErrOutcomeUnknown].
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) CreateConfirmed(ctx context.Context, request CreateDeviceRequest, opts ...CallOption) (*Device, error) {
	to := createRoute(request)
	_, err := applyCallOptions(opts)
	if err = errors.Join(to.err, checkContext(ctx), err); err != nil {
		return nil, invalidRequest(http.MethodPost, to.path, err)
	}
	select {
	case s.confirming <- struct{}{}:
		defer func() { <-s.confirming }()
	case <-ctx.Done():
		return nil, loopError(ctx, http.MethodPost, to.path, nil)
	}
	search := deviceSearch{service: s, request: request, opts: opts, known: map[int64]bool{}}
	if err := search.list(ctx, func(device Device) { search.known[device.ID] = true }); err != nil {
		return nil, err
	}
	device, err := s.Create(ctx, request, opts...)
	if !errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, ErrDeviceUnidentified) {
		return device, err
	}
	return search.run(ctx, err)
}

// deviceSearch finds a device that may have been created.
type deviceSearch struct {
	service *DevicesService
	request CreateDeviceRequest
	opts    []CallOption
	// known holds the devices from before the request.
	known map[int64]bool
	// candidates are the devices that have appeared since and are not on another package, in order of appearance.
	candidates []Device
}

func (s *deviceSearch) list(ctx context.Context, each func(Device)) error {
	for device, err := range boundedAll(ctx, s.service.api, s.opts...) {
		if err != nil {
			return err
		}
		each(*device)
	}
	return nil
}

// run lists the devices until it identifies the new one.
func (s *deviceSearch) run(ctx context.Context, createErr error) (*Device, error) {
	limited, cancel := context.WithTimeout(ctx, confirmTime)
	defer cancel()
	failed := &UnconfirmedError{createErr: hideText(createErr.Error(), createErr)}
	for n := range confirmLists {
		if n > 0 && !sleep(limited, confirmPause<<(n-1)) {
			break
		}
		if failed.listErr = s.update(limited); failed.listErr != nil {
			continue
		}
		failed.Listed = true
		if device := s.identified(); device != nil {
			return complete(device, s.request), nil
		}
	}
	if err := failed.listErr; err != nil {
		failed.listErr = hideText(err.Error(), err)
	}
	failed.Candidates, failed.contextErr = s.candidates, ctx.Err()
	return nil, failed
}

// update brings the candidates up to date. A list that fails changes nothing.
func (s *deviceSearch) update(ctx context.Context) error {
	var appeared []Device
	err := s.list(ctx, func(device Device) {
		if device.ID > 0 && !s.known[device.ID] {
			appeared = append(appeared, device)
		}
	})
	if err != nil {
		return err
	}
	for _, device := range appeared {
		if i := slices.IndexFunc(s.candidates, func(d Device) bool { return d.ID == device.ID }); i >= 0 {
			s.candidates[i] = device
		} else {
			s.candidates = append(s.candidates, device)
		}
	}
	s.candidates = slices.DeleteFunc(s.candidates, func(d Device) bool {
		return d.Package.Code != "" && !strings.EqualFold(string(d.Package.Code), string(s.request.Package))
	})
	return nil
}

// identified returns the only candidate with the requested name; nil if there is none or more than one. An exact match
// takes precedence over one that a server may have made of the name.
func (s *deviceSearch) identified() *Device {
	var exact, similar []*Device
	for i := range s.candidates {
		switch device := &s.candidates[i]; {
		case device.Name == "":
		case device.Name == s.request.Name:
			exact = append(exact, device)
		case comparableName(device.Name) == comparableName(s.request.Name):
			similar = append(similar, device)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0]
	case len(exact) == 0 && len(similar) == 1:
		return similar[0]
	default:
		return nil
	}
}

// comparableName undoes what a server may do to a name: escape it for HTML, or change its white space.
func comparableName(name string) string {
	return strings.Join(strings.Fields(html.UnescapeString(name)), " ")
}

// sleep waits, and reports whether the context is still active.
func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
