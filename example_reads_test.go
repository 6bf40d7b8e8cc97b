package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func ExampleDevicesService_List() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.AddDevice(whatspie.Device{Name: "Support", PairedStatus: whatspie.PairedStatusPaired})
	srv.AddDevice(whatspie.Device{Name: "Sales"})

	devices, err := srv.Client().Devices.List(context.Background())
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
	for i := range 1000 {
		srv.AddDevice(whatspie.Device{Name: fmt.Sprintf("Branch %d", i+1)})
	}

	for device, err := range srv.Client().Devices.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(device.Name)
		if device.ID == 2 {
			break // what has not arrived yet is not waited for
		}
	}
	// Output:
	// Branch 1
	// Branch 2
}

func ExampleDevicesService_Get() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{
		Name:         "Support",
		Subscription: whatspie.Subscription{QuotaAvailable: 1000, QuotaUsed: 250},
	})
	client := srv.Client()

	device, err := client.Devices.Get(context.Background(), id)
	if err != nil {
		fmt.Println(err)
		return
	}
	quota := device.Subscription
	fmt.Println(device.Name, "has", quota.QuotaAvailable-quota.QuotaUsed, "messages left")

	_, err = client.Devices.Get(context.Background(), 99)
	fmt.Println("gone:", errors.Is(err, whatspie.ErrDeviceNotFound))
	// Output:
	// Support has 750 messages left
	// gone: true
}

func ExampleDevicesService_QR() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Name: "Support"})
	client := srv.Client()

	code, err := client.Devices.QR(context.Background(), id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("PNG:", len(code.PNG()) > 0, "printed, it shows nothing of itself:", code.DataURI() != fmt.Sprint(code))

	srv.Scan(id)
	_, err = client.Devices.QR(context.Background(), id)
	fmt.Println("nothing to scan any more:", errors.Is(err, whatspie.ErrDeviceConnected))
	// Output:
	// PNG: true printed, it shows nothing of itself: true
	// nothing to scan any more: true
}

func ExampleClient_Call() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Name: "Support"})

	// Any endpoint, and any type for what it answers.
	var device struct {
		Status string `json:"paired_status"`
	}
	path := fmt.Sprintf("/devices/%d", id)
	if err := srv.Client().Call(context.Background(), http.MethodGet, path, nil, &device); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.Status)
	// Output:
	// UNPAIRED
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

func ExampleParseQRCode() {
	code, err := whatspie.ParseQRCode("https://example.com/code.png") // or a data URI, or base64
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.URL())
	if err := code.WriteTerminal(os.Stdout); err != nil {
		fmt.Println("a link has no pixels to draw")
	}
	// Output:
	// https://example.com/code.png
	// a link has no pixels to draw
}
