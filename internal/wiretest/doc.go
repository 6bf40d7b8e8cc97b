// Package wiretest tests the client from outside: it creates clients whose transport returns scripted responses, records
// their requests, and checks their errors. [Main] belongs into every package that uses it.
package wiretest
