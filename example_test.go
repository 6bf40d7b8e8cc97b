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

func ExampleDevicesService_Create() {
	srv := whatspietest.NewServer(whatspietest.WithDeviceLimit(1))
	defer srv.Close()
	client := srv.Client()
	for _, name := range []string{"Support", "Sales"} {
		_, err := client.Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
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
			fmt.Println("created", name)
		}
	}
	// Output:
	// created Support
	// Maximum number of devices reached for your plan
}

// A creation is documented without a response: the ID may be all that comes back.
func ExampleDevicesService_Create_idOnly() {
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

func ExampleDevicesService_CreateConfirmed() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	srv.Inject(whatspietest.Fault{Method: "POST", Lose: true}) // the device is made, the answer is lost

	device, err := client.Devices.CreateConfirmed(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Customer Service",
	})
	var unconfirmed *whatspie.UnconfirmedError
	switch {
	case errors.As(err, &unconfirmed):
		fmt.Println("it may be one of", len(unconfirmed.Candidates))
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("created", device.Name)
	}
	// Output:
	// created Customer Service
}

// The examples talk to a fake of the API. With an account, the client comes from NewClientFromEnv.

func ExampleDevicesService_Pair() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client(whatspie.WithPollInterval(time.Second)) // the fake does not mind; leave it out for the real API
	id := srv.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6289510154496"})

	for event, err := range client.Devices.Pair(context.Background(), id) {
		if err != nil {
			log.Println(err)
			return
		}
		switch event.Kind {
		case whatspie.PairQR:
			fmt.Println("scan code", event.Sequence) // event.QR.WriteTerminal(os.Stdout)
			srv.Scan(id)                             // the person with the phone
		case whatspie.PairQRExpired:
			fmt.Println("that code has expired")
		case whatspie.PairPaired:
			fmt.Println("connected to", event.Device.Phone)
		case whatspie.PairStatus, whatspie.PairRetry:
			// Worth a log line: the loop goes on by itself.
		}
	}
	// Output:
	// scan code 1
	// connected to 6289510154496
}

func ExampleDevicesService_WaitPaired() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6289510154496"})
	srv.Scan(id) // the person with the phone, in the dashboard

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
	client := srv.Client(whatspie.WithPollInterval(time.Second)) // the fake does not mind; leave it out for the real API
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
			srv.Disconnect(support) // somebody logs out on the phone
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
