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
	srv := whatspietest.NewServer(whatspietest.WithToken("another"))
	defer srv.Close()
	// The client's options, and yours on top of them.
	client := srv.Client(whatspie.WithUserAgent("my tests"))
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
	payload, ok := srv.QRPayload(id) // what a camera reads off the picture
	fmt.Println(ok, srv.ScanCode(payload), srv.ScanCode("an old one"))
	// Output:
	// true true false
}

func ExampleServer_QRPayload() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{})
	_, shown := srv.QRPayload(id)
	fmt.Println("before anybody asked for a code:", shown)
	// Output:
	// before anybody asked for a code: false
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
	srv.Disconnect(id) // somebody logs out on the phone
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
	srv := whatspietest.NewServer(whatspietest.WithoutSocket()) // as a testing/synctest bubble needs it
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
	fmt.Println(response.StatusCode, "without a token")
	// Output:
	// 401 without a token
}

func ExampleServer_Close() {
	srv := whatspietest.NewServer()
	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 1}))
	srv.Close()
	_, err := client.Devices.List(context.Background())
	fmt.Println("nobody is there:", err != nil)
	// Output:
	// nobody is there: true
}

func ExampleServer_Handler() {
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer srv.Close()
	srv.AddDevice(whatspie.Device{Name: "Customer Service"})
	mux := http.NewServeMux()
	mux.Handle("/whatspie/", http.StripPrefix("/whatspie", srv.Handler()))
	own := httptest.NewServer(mux)
	defer own.Close()

	client, err := whatspie.NewClient(srv.Token, whatspie.WithBaseURL(own.URL+"/whatspie"), whatspie.WithHTTPClient(own.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	// Output: 1 <nil>
}
