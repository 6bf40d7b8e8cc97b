package whatspie

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// The looks at the list that [DevicesService.CreateConfirmed] takes for a device that it may have made: the first
// at once, then after pauses that double.
const (
	confirmLooks = 5
	confirmPause = time.Second
	confirmTime  = 30 * time.Second // for all of them
)

// UnconfirmedError is the error of [DevicesService.CreateConfirmed] when it cannot tell which device, if any, it
// made. It matches [ErrOutcomeUnknown] and what the creation itself failed with.
type UnconfirmedError struct {
	// Candidates are the devices that appeared meanwhile and fit the request: none, several, or one that
	// only the last look showed.
	Candidates []Device

	err error
}

// Error is one line without secrets.
func (e *UnconfirmedError) Error() string {
	text := fmt.Sprintf("whatspie: %v, %d new devices fit the request", ErrOutcomeUnknown, len(e.Candidates))
	if e.err != nil {
		text += "; " + strings.TrimPrefix(e.err.Error(), "whatspie: ")
	}
	return text
}

// Unwrap returns [ErrOutcomeUnknown] and the failures behind it.
func (e *UnconfirmedError) Unwrap() []error {
	if e.err == nil {
		return []error{ErrOutcomeUnknown}
	}
	return []error{ErrOutcomeUnknown, e.err}
}

// CreateConfirmed makes a device like [DevicesService.Create], and finds it where the answer was lost, ambiguous or
// without a device: it lists the devices before and after, and takes the one that appeared and fits the request.
// A request that may have been processed is never sent a second time. Give each device a name of its own, so that one
// made at the same moment by somebody else cannot be mistaken for it. Calls of one [Client] wait for each other.
//
// It lists the devices first; if that fails, nothing is created and the list's error is returned. An answer that is clear
// costs no further look. Others take five, within about 15 seconds, or 30 where the server is slow; a device that is
// listed without a name has to be the only one that fits twice in a row.
//
// Errors: those of Create and [DevicesService.List]; [ErrOutcomeUnknown], as an [*UnconfirmedError], where not
// exactly one new device fits.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) CreateConfirmed(ctx context.Context, request CreateDeviceRequest, opts ...CallOption) (*Device, error) {
	to := createRoute(request)
	_, err := settle(opts)
	if err = errors.Join(to.err, contextGiven(ctx), err); err != nil {
		return nil, invalid(http.MethodPost, to.path, err)
	}
	select {
	case s.confirming <- struct{}{}:
		defer func() { <-s.confirming }()
	case <-ctx.Done():
		return nil, ended(ctx, http.MethodPost, to.path, nil)
	}
	known, err := s.ids(ctx, opts)
	if err != nil {
		return nil, err
	}
	device, err := s.Create(ctx, request, opts...)
	if !errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, ErrDeviceUnidentified) {
		return device, err
	}
	return s.findCreated(ctx, request, known, err, opts)
}

func (s *DevicesService) ids(ctx context.Context, opts []CallOption) (map[int64]bool, error) {
	known := map[int64]bool{}
	for device, err := range s.boundedAll(ctx, opts...) {
		if err != nil {
			return nil, err
		}
		known[device.ID] = true
	}
	return known, nil
}

// findCreated looks until one new device fits. One that is recognised by its name is taken at once; one that only
// could be it has to be the only one twice in a row, so that a stranger's does not pass for ours while ours is late.
func (s *DevicesService) findCreated(ctx context.Context, request CreateDeviceRequest, known map[int64]bool, cause error, opts []CallOption) (*Device, error) {
	ctx, cancel := context.WithTimeout(ctx, confirmTime)
	defer cancel()
	var before []Device
	for look := range confirmLooks {
		if look > 0 && !sleep(ctx, confirmPause<<(look-1)) {
			cause = fmt.Errorf("%w; looking for it: %w", cause, transport.ContextError(ctx))
			break
		}
		fitting, err := s.newcomers(ctx, request, known, opts)
		if err != nil {
			cause = fmt.Errorf("%w; looking for it: %w", cause, err)
			continue
		}
		named := withName(fitting, func(name string) bool { return name == request.Name })
		if len(named) == 0 {
			named = withName(fitting, func(name string) bool { return isTidied(name, request.Name) })
		}
		switch {
		case len(named) == 1:
			return &named[0], nil
		case len(named) == 0 && len(fitting) == 1 && len(before) == 1 && before[0].ID == fitting[0].ID:
			return &fitting[0], nil
		}
		before = fitting
	}
	return nil, &UnconfirmedError{Candidates: before, err: cause}
}

// newcomers are the devices that were not there before and contradict the request in nothing.
func (s *DevicesService) newcomers(ctx context.Context, request CreateDeviceRequest, known map[int64]bool, opts []CallOption) ([]Device, error) {
	var fitting []Device
	for device, err := range s.boundedAll(ctx, opts...) {
		if err != nil {
			return nil, err
		}
		samePackage := device.Package.Code == "" || strings.EqualFold(string(device.Package.Code), string(request.Package))
		sameName := device.Name == "" || isTidied(device.Name, request.Name)
		if device.ID > 0 && !known[device.ID] && samePackage && sameName {
			fitting = append(fitting, *device)
		}
	}
	return fitting, nil
}

func withName(devices []Device, fits func(string) bool) []Device {
	var named []Device
	for _, device := range devices {
		if fits(device.Name) {
			named = append(named, device)
		}
	}
	return named
}

// isTidied forgives what a server does to white space.
func isTidied(stored, name string) bool {
	return slices.Equal(strings.Fields(stored), strings.Fields(name))
}

// sleep waits, but not past the context; false when the context came first.
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
