"""Dataset cards: what data files hold, rendered and checked like model cards."""
