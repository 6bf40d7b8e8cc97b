package whatspie_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/whatspie-go/whatspie"
)

// creator is what a program needs of the SDK, so that a test can replace it.
type creator interface {
	Create(ctx context.Context, request whatspie.CreateDeviceRequest, opts ...whatspie.CallOption) (*whatspie.Device, error)
}

// failing is a creator for tests.
type failing struct{ err error }

func (f failing) Create(context.Context, whatspie.CreateDeviceRequest, ...whatspie.CallOption) (*whatspie.Device, error) {
	return nil, f.err
}

// order is the code under test.
func order(ctx context.Context, devices creator) string {
	_, err := devices.Create(ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Sales"})
	switch {
	case err == nil:
		return "created"
	case errors.Is(err, whatspie.ErrOutcomeUnknown), errors.Is(err, whatspie.ErrDeviceUnidentified):
		return "look at the list before you try again"
	case errors.Is(err, whatspie.ErrDeviceLimit):
		return "the plan is full"
	case errors.Is(err, whatspie.ErrRateLimited), errors.Is(err, whatspie.ErrNoResponse):
		return "try again later"
	default:
		return err.Error()
	}
}

// An error made by hand matches by its fields, so a test can return any of them.
func ExampleAPIError() {
	ctx := context.Background()
	for _, err := range []error{
		&whatspie.APIError{StatusCode: 403, Message: "Device limit exceeded"},
		&whatspie.APIError{StatusCode: 429},
		&whatspie.APIError{Method: "POST", StatusCode: 502},
		&whatspie.APIError{Method: "POST", Path: "/devices", StatusCode: 401},
		fmt.Errorf("dial: %w", whatspie.ErrNoResponse), // a sentinel alone will do as well
	} {
		fmt.Println(order(ctx, failing{err}))
	}
	// Output:
	// the plan is full
	// try again later
	// look at the list before you try again
	// whatspie: POST /devices: 401 Unauthorized
	// try again later
}
