package whatspie_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A gauge that follows the polls: up from WatchSynced until WatchRetry.
func ExampleWatchEvent() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.AddDevice(whatspie.Device{Name: "Support"})

	client := srv.Client(whatspie.WithPollInterval(time.Second))
	for event, err := range client.Devices.Watch(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch event.Kind {
		case whatspie.WatchDevice:
			fmt.Println("known:", event.Device.Name)
		case whatspie.WatchSynced:
			fmt.Println("up")
			srv.Inject(whatspietest.Fault{Status: http.StatusBadGateway, Times: -1})
		case whatspie.WatchRetry:
			fmt.Println("down")
			return
		default: // WatchAdded, WatchChanged, WatchRemoved, and kinds to come
		}
	}
	// Output:
	// known: Support
	// up
	// down
}

// The loops of a client share its polls, so the interval is the client's.
func ExampleWithPollInterval() {
	_, err := whatspie.NewClient("token", whatspie.WithPollInterval(5*time.Second))
	fmt.Println(err)
	_, err = whatspie.NewClient("token", whatspie.WithPollInterval(5)) // nanoseconds
	fmt.Println(err)
	// Output:
	// <nil>
	// whatspie: WithPollInterval: 5ns is below 1s
}

// A command that runs once has no use for a budget that is meant for an outage of many callers.
func ExampleRetryPolicy() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Times: 2})

	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 3, MinWait: 1, MaxWait: 1, Budget: whatspie.NoRetryBudget}))
	var response whatspie.Response
	devices, err := client.Devices.List(context.Background(), whatspie.WithResponse(&response))
	fmt.Println(len(devices), err, response.Attempts)
	// Output:
	// 0 <nil> 3
}

// A creation is documented without a response: the ID may be all that comes back.
func ExampleDevicesService_Create_idAlone() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Method: http.MethodPost, Body: `{"status":200,"message":"OK","data":{"id":7}}`, Status: http.StatusOK})

	device, err := srv.Client().Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Support",
	})
	fmt.Println(device.ID, device.Name, device.Package.Code, err)
	// Output:
	// 7 Support STARTUP240K <nil>
}
