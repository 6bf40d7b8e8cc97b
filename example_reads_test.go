package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func ExampleDevicesService_List() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	srv.AddDevice(whatspie.Device{Name: "Support", PairedStatus: whatspie.PairedStatusPaired})
	srv.AddDevice(whatspie.Device{Name: "Sales"})

	devices, err := client.Devices.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, device := range devices {
		fmt.Println(device.ID, device.Name, device.Paired())
	}
	// Output:
	// 1 Support true
	// 2 Sales false
}

func ExampleDevicesService_All() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	for i := range 1000 {
		srv.AddDevice(whatspie.Device{Name: fmt.Sprintf("Branch %d", i+1)})
	}

	for device, err := range client.Devices.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(device.Name)
		if device.ID == 2 {
			break // the rest of the list is not read
		}
	}
	// Output:
	// Branch 1
	// Branch 2
}

func ExampleDevicesService_Get() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{
		Name:         "Support",
		Subscription: whatspie.Subscription{QuotaAvailable: 1000, QuotaUsed: 250},
	})

	for _, id := range []int64{id, 99} {
		device, err := client.Devices.Get(context.Background(), id)
		switch {
		case errors.Is(err, whatspie.ErrDeviceNotFound):
			fmt.Println("there is no device", id)
		case err != nil:
			fmt.Println(err)
		default:
			quota := device.Subscription
			fmt.Println(device.Name, "has used", quota.QuotaUsed, "of", quota.QuotaAvailable, "messages")
		}
	}
	// Output:
	// Support has used 250 of 1000 messages
	// there is no device 99
}

func ExampleDevicesService_QR() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{Name: "Support"})

	code, err := client.Devices.QR(context.Background(), id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("image for an HTML page:", strings.HasPrefix(code.DataURI(), "data:image/png;base64,"))
	fmt.Println("hidden when printed:", !strings.Contains(fmt.Sprint(code), code.DataURI()))

	srv.Scan(id)
	_, err = client.Devices.QR(context.Background(), id)
	fmt.Println("a phone is connected:", errors.Is(err, whatspie.ErrDeviceConnected))
	// Output:
	// image for an HTML page: true
	// hidden when printed: true
	// a phone is connected: true
}

func ExampleParseQRCode() {
	code, err := whatspie.ParseQRCode("https://example.com/code.png") // or a data URI, or base64
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.URL())
	if err := code.WriteTerminal(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// https://example.com/code.png
	// whatspie: the API sent a link instead of an image of the QR code
}

func ExampleLookupPackage() {
	plan, ok := whatspie.LookupPackage(whatspie.PackageStartup)
	fmt.Println(plan.Name, ok)
	// Output:
	// Startup true
}

func ExamplePackages() {
	for _, plan := range whatspie.Packages() {
		fmt.Println(plan.ID, plan.Code)
	}
	// Output:
	// 1 BETA
	// 2 STARTER60K
	// 3 STARTUP240K
	// 4 BUSINESS
}

// Call reaches endpoints that have no method of their own, and decodes the data into any type.
func ExampleClient_Call() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{Name: "Support"})

	var device struct {
		Status string `json:"paired_status"`
	}
	path := fmt.Sprintf("/devices/%d", id)
	if err := client.Call(context.Background(), http.MethodGet, path, nil, &device); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.Status)
	// Output:
	// UNPAIRED
}

// An APIError that you construct matches the sentinels by its fields, so a test can replace the SDK and return any error.
func ExampleAPIError() {
	for _, err := range []error{
		&whatspie.APIError{StatusCode: 403, Message: "Device limit exceeded"},
		&whatspie.APIError{StatusCode: 429},
		&whatspie.APIError{Method: "POST", StatusCode: 502},
		&whatspie.APIError{Method: "POST", Path: "/devices", StatusCode: 401},
		fmt.Errorf("dial: %w", whatspie.ErrNoResponse), // a wrapped sentinel matches too
	} {
		fmt.Println(createSales(context.Background(), failingCreator{err}))
	}
	// Output:
	// the plan allows no more devices
	// try again later
	// a device may exist: check the list before you try again
	// whatspie: POST /devices: 401 Unauthorized
	// try again later
}

// deviceCreator is the part of DevicesService that createSales needs.
type deviceCreator interface {
	Create(
		ctx context.Context, request whatspie.CreateDeviceRequest, opts ...whatspie.CallOption,
	) (*whatspie.Device, error)
}

// createSales is the code under test.
func createSales(ctx context.Context, devices deviceCreator) string {
	_, err := devices.Create(ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Sales"})
	switch {
	case err == nil:
		return "created"
	case errors.Is(err, whatspie.ErrOutcomeUnknown), errors.Is(err, whatspie.ErrDeviceUnidentified):
		return "a device may exist: check the list before you try again"
	case errors.Is(err, whatspie.ErrDeviceLimit):
		return "the plan allows no more devices"
	case errors.Is(err, whatspie.ErrRateLimited), errors.Is(err, whatspie.ErrNoResponse):
		return "try again later"
	default:
		return err.Error()
	}
}

// failingCreator is a deviceCreator for tests.
type failingCreator struct{ err error }

func (f failingCreator) Create(
	context.Context, whatspie.CreateDeviceRequest, ...whatspie.CallOption,
) (*whatspie.Device, error) {
	return nil, f.err
}
