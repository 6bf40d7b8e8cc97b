package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// The examples use a fake of the API. In a program, the client comes from NewClientFromEnv or NewClient.

func ExampleDevicesService_Create() {
	srv := whatspietest.NewServer(whatspietest.WithDeviceLimit(1))
	defer srv.Close()
	client := srv.Client()

	for _, name := range []string{"Support", "Sales"} {
		device, err := client.Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
			Package: whatspie.PackageStartup,
			Name:    name,
		})
		var failed *whatspie.APIError
		switch {
		case errors.Is(err, whatspie.ErrDeviceLimit) && errors.As(err, &failed):
			fmt.Println(failed.Detail)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println("created device", device.ID, device.Name)
		}
	}
	// Output:
	// created device 1 Support
	// Maximum number of devices reached for your plan
}

// The response to a creation is not documented and may contain only the ID. Name and Package.Code are then those of the
// request.
func ExampleDevicesService_Create_idOnly() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{
		Method: http.MethodPost,
		Status: http.StatusOK,
		Body:   `{"status":200,"message":"OK","data":{"id":7}}`,
	})

	device, err := srv.Client().Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Support",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.ID, device.Name, device.Package.Code)
	// Output:
	// 7 Support STARTUP240K
}

func ExampleDevicesService_CreateConfirmed() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	srv.Inject(whatspietest.Fault{Method: http.MethodPost, Lose: true}) // creates the device, but loses the response

	device, err := client.Devices.CreateConfirmed(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Customer Service",
	})
	var unconfirmed *whatspie.UnconfirmedError
	switch {
	case errors.As(err, &unconfirmed):
		fmt.Println("perhaps created; candidates:", len(unconfirmed.Candidates))
	case err != nil:
		fmt.Println("not created:", err)
	default:
		fmt.Println("created", device.Name)
	}
	// Output:
	// created Customer Service
}

func ExampleDevicesService_Pair() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client(whatspie.WithPollInterval(time.Second)) // short, for the example; the default is 3 s
	id := srv.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6289510154496"})

	for event, err := range client.Devices.Pair(context.Background(), id) {
		if err != nil {
			log.Println(err)
			return
		}
		switch event.Kind {
		case whatspie.PairQR:
			fmt.Println("scan code", event.Sequence) // event.QR.WriteTerminal(os.Stdout)
			srv.Scan(id)                             // a person scans it with a phone
		case whatspie.PairQRExpired:
			fmt.Println("the code has expired")
		case whatspie.PairPaired:
			fmt.Println("connected to", event.Device.Phone)
		case whatspie.PairStatus, whatspie.PairRetry:
			// Log these; the loop continues.
		}
	}
	// Output:
	// scan code 1
	// connected to 6289510154496
}

func ExampleWithMaxQRCodes() {
	srv := whatspietest.NewServer(whatspietest.WithQRLifetime(20 * time.Millisecond))
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{Name: "Support"})

	events := client.Devices.Pair(context.Background(), id,
		whatspie.WithMaxQRCodes(1),
		whatspie.WithQRLifetime(time.Second),
		whatspie.WithQRRecheck(time.Second))
	for _, err := range events {
		if errors.Is(err, whatspie.ErrQRCodesExhausted) {
			fmt.Println("no phone has connected")
		}
	}
	// Output:
	// no phone has connected
}

func ExampleDevicesService_WaitPaired() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6289510154496"})
	srv.Scan(id) // a person scans the code in the dashboard

	device, err := client.Devices.WaitPaired(context.Background(), id)
	if err != nil {
		log.Println(err)
		return
	}
	fmt.Println("connected to", device.Phone)
	// Output:
	// connected to 6289510154496
}

func ExampleDevicesService_Watch() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client(whatspie.WithPollInterval(time.Second)) // short, for the example; the default is 3 s
	support := srv.AddDevice(whatspie.Device{Name: "Support", PairedStatus: whatspie.PairedStatusPaired})
	srv.AddDevice(whatspie.Device{Name: "Sales"})

	for event, err := range client.Devices.Watch(context.Background()) {
		if err != nil {
			log.Println(err)
			return
		}
		switch device := event.Device; event.Kind {
		case whatspie.WatchDevice, whatspie.WatchAdded:
			fmt.Println(device.Name, "is", device.PairedStatus)
		case whatspie.WatchSynced:
			fmt.Println("up to date")
			srv.Disconnect(support) // a person logs out on the phone
		case whatspie.WatchChanged:
			fmt.Println(device.Name, "went from", event.Previous.PairedStatus, "to", device.PairedStatus)
			return
		case whatspie.WatchRemoved:
			fmt.Println(device.Name, "is gone")
		case whatspie.WatchRetry:
			fmt.Println("out of date:", event.Err)
		}
	}
	// Output:
	// Support is PAIRED
	// Sales is UNPAIRED
	// up to date
	// Support went from PAIRED to UNPAIRED
}

func ExampleWithChangesOnly() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client(whatspie.WithPollInterval(time.Second)) // short, for the example; the default is 3 s
	support := srv.AddDevice(whatspie.Device{Name: "Support"})
	sales := srv.AddDevice(whatspie.Device{Name: "Sales"})

	events := client.Devices.Watch(context.Background(),
		whatspie.WithChangesOnly(), // no snapshot at the start
		whatspie.WithDevices(support))
	for event, err := range events {
		if err != nil {
			log.Println(err)
			return
		}
		if event.Kind == whatspie.WatchSynced {
			srv.Scan(sales)
			srv.Scan(support)
		}
		if event.Kind == whatspie.WatchChanged {
			fmt.Println(event.Device.Name, event.Device.PairedStatus)
			return
		}
	}
	// Output:
	// Support PAIRED
}

// A gauge of whether the account is up to date: 1 from WatchSynced to the next WatchRetry, otherwise 0.
func ExampleWatchEvent() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client(whatspie.WithPollInterval(time.Second)) // short, for the example; the default is 3 s
	srv.AddDevice(whatspie.Device{Name: "Support"})

	for event, err := range client.Devices.Watch(context.Background()) {
		if err != nil {
			log.Println(err)
			return
		}
		switch event.Kind {
		case whatspie.WatchSynced:
			fmt.Println("up 1")
			srv.Inject(whatspietest.Fault{Status: http.StatusBadGateway, Times: -1})
		case whatspie.WatchRetry:
			fmt.Println("up 0:", errors.Is(event.Err, whatspie.ErrServer))
			return
		default: // the other kinds do not change the gauge
		}
	}
	// Output:
	// up 1
	// up 0: true
}
