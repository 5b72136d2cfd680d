"""The pages and answers the service gives to people and to what watches over it."""
