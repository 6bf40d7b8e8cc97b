package demo

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Client returns a client of the account whose token is in the environment, or else of a fake server with some devices.
// On the fake server only, each default such as "id=1" sets a flag that was not given. An error ends the process.
func Client(defaults ...string) *whatspie.Client {
	if hasToken() {
		client, err := whatspie.NewClientFromEnv()
		if err != nil {
			log.Fatal(err)
		}
		return client
	}
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, text := range defaults {
		name, value, _ := strings.Cut(text, "=")
		if given[name] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			log.Fatal(err)
		}
	}
	_, _ = fmt.Fprint(os.Stderr, notice, "\n") // there is nowhere else to report it
	server := whatspietest.NewServer()         // until the process ends
	addFleet(server)
	return server.Client()
}

func hasToken() bool {
	return os.Getenv("WHATSPIE_API_TOKEN") != "" || os.Getenv("WHATSPIE_TOKEN") != ""
}
