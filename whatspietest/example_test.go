package whatspietest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func Example() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client, ctx := srv.Client(), context.Background()

	id := srv.AddDevice(whatspie.Device{Name: "Customer Service"})
	if _, err := client.Devices.QR(ctx, id); err != nil {
		fmt.Println(err)
		return
	}
	srv.Scan(id) // what the phone does

	device, err := client.Devices.Get(ctx, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.Name, "paired:", device.Paired())
	for _, r := range srv.Requests() {
		fmt.Println(r.Method, r.Path, r.Query.Encode())
	}
	// Output:
	// Customer Service paired: true
	// GET /devices/1/qr response_type=url
	// GET /devices/1
}

func ExampleNewServer() {
	srv := whatspietest.NewServer(whatspietest.WithDeviceLimit(0))
	defer srv.Close()
	_, err := srv.Client().Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Customer Service",
	})
	fmt.Println(errors.Is(err, whatspie.ErrDeviceLimit))
	// Output:
	// true
}

func ExampleServer_Inject() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Method: http.MethodPost, Path: "/devices", Lose: true})

	_, err := srv.Client().Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Customer Service",
	})
	fmt.Println("outcome unknown:", errors.Is(err, whatspie.ErrOutcomeUnknown))
	_, created := srv.Device(1)
	fmt.Println("created:", created)
	// Output:
	// outcome unknown: true
	// created: true
}
