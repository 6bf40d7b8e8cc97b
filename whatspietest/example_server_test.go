package whatspietest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func ExampleServer_AddDevice() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Name: "Support", Phone: "6289510154496"})
	device, ok := srv.Device(id)
	fmt.Println(device.ID, device.Name, device.PairedStatus, ok)
	// Output:
	// 1 Support UNPAIRED true
}

func ExampleServer_Device() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	device, ok := srv.Device(srv.AddDevice(whatspie.Device{Name: "Support"}))
	fmt.Println(device.Name, ok)
	_, ok = srv.Device(99)
	fmt.Println(ok)
	// Output:
	// Support true
	// false
}

func ExampleServer_Client() {
	srv := whatspietest.NewServer(whatspietest.WithToken("my-token"))
	defer srv.Close()
	client := srv.Client(whatspie.WithUserAgent("my tests")) // besides the server's URL and token
	if _, err := client.Devices.List(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(srv.Requests()[0].Header.Get("User-Agent"))
	// Output:
	// my tests
}

func ExampleServer_Scan() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	fmt.Println(srv.Scan(id), srv.Scan(99))
	device, _ := srv.Device(id)
	fmt.Println(device.PairedStatus)
	// Output:
	// true false
	// PAIRED
}

func ExampleServer_ScanCode() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	if _, err := srv.Client().Devices.QR(context.Background(), id); err != nil {
		fmt.Println(err)
		return
	}
	payload, ok := srv.QRPayload(id) // what a camera reads from the image
	fmt.Println(ok, srv.ScanCode(payload), srv.ScanCode("another code"))
	// Output:
	// true true false
}

func ExampleServer_QRPayload() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	_, ok := srv.QRPayload(id)
	fmt.Println("before the first request:", ok)
	if _, err := srv.Client().Devices.QR(context.Background(), id); err != nil {
		fmt.Println(err)
		return
	}
	payload, ok := srv.QRPayload(id)
	fmt.Println("after it:", ok, payload[:2])
	// Output:
	// before the first request: false
	// after it: true 2@
}

func ExampleServer_ExpireQR() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	if _, err := srv.Client().Devices.QR(context.Background(), id); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(srv.ExpireQR(id))
	device, _ := srv.Device(id)
	fmt.Println(device.PairedStatus)
	// Output:
	// true
	// EXPIRED
}

func ExampleServer_Disconnect() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})
	srv.Disconnect(id) // as if the user had logged out on the phone
	device, _ := srv.Device(id)
	fmt.Println(device.PairedStatus)
	// Output:
	// UNPAIRED
}

func ExampleServer_Suspend() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	srv.Suspend(id)
	device, _ := srv.Device(id)
	fmt.Println(device.PairedStatus)
	// Output:
	// SUSPENDED
}

func ExampleServer_RemoveDevice() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	srv.RemoveDevice(id)
	_, err := srv.Client().Devices.Get(context.Background(), id)
	fmt.Println(errors.Is(err, whatspie.ErrDeviceNotFound))
	// Output:
	// true
}

func ExampleServer_ClearFaults() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusUnauthorized, Times: 100})
	_, err := srv.Client().Devices.List(context.Background())
	fmt.Println(errors.Is(err, whatspie.ErrUnauthorized))

	srv.ClearFaults()
	_, err = srv.Client().Devices.List(context.Background())
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

func ExampleServer_Requests() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	request := whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Support"}
	if _, err := srv.Client().Devices.Create(context.Background(), request); err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range srv.Requests() {
		fmt.Println(r.Method, r.Path, string(r.Body))
	}
	// Output:
	// POST /devices {"package":"STARTUP240K","name":"Support"}
}

func ExampleServer_Transport() {
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer srv.Close()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, srv.URL+"/devices", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: srv.Transport()}
	response, err := client.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	fmt.Println(response.StatusCode) // the request has no token
	// Output:
	// 401
}

func ExampleServer_Close() {
	srv := whatspietest.NewServer()
	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 1}))
	srv.Close()
	_, err := client.Devices.List(context.Background())
	fmt.Println(errors.Is(err, whatspie.ErrNoResponse))
	// Output:
	// true
}

func ExampleServer_Handler() {
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer srv.Close()
	srv.AddDevice(whatspie.Device{Name: "Customer Service"})
	mux := http.NewServeMux()
	mux.Handle("/whatspie/", http.StripPrefix("/whatspie", srv.Handler()))
	host := httptest.NewServer(mux)
	defer host.Close()

	client, err := whatspie.NewClient(srv.Token,
		whatspie.WithBaseURL(host.URL+"/whatspie"), whatspie.WithHTTPClient(host.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	// Output: 1 <nil>
}

func ExampleServer_String() {
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer srv.Close()
	srv.AddDevice(whatspie.Device{Name: "Customer Service"})
	srv.AddDevice(whatspie.Device{Name: "Sales"})
	fmt.Println(srv)
	// Output: whatspietest.Server{http://127.0.0.1:0, 2 devices}
}
